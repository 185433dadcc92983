typedef int (*listener)(long);
void subscribe(listener made);
listener subscribed(void);
void publish(int event);
