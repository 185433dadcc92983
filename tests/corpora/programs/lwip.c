// Datagrams and a connection over the loop interface, with its timers.
#include "lwip/dhcp.h"
#include "lwip/dns.h"
#include "lwip/init.h"
#include "lwip/netif.h"
#include "lwip/tcp.h"
#include "lwip/timeouts.h"
#include "lwip/udp.h"

#include <string.h>

enum { UDP_PORT = 7, TCP_PORT = 8, MESSAGE = 3000 };

static u32_t now;
static unsigned datagrams, received;
static char message[MESSAGE];

u32_t sys_now(void) { return now; }

static void turn(int times) {
  for (int i = 0; i < times; ++i) {
    netif_poll_all();
    now += 50;
    sys_check_timeouts();
  }
}

static void got_datagram(void *user, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *from,
                         u16_t port) {
  (void)user, (void)pcb, (void)from, (void)port;
  datagrams += p->tot_len;
  pbuf_free(p);
}

static int send_datagram(const ip_addr_t *to) {
  struct udp_pcb *server = udp_new(), *client = udp_new();
  struct pbuf *p = pbuf_alloc(PBUF_TRANSPORT, 100, PBUF_RAM);
  if (!server || !client || !p || udp_bind(server, IP_ADDR_ANY, UDP_PORT) != ERR_OK)
    return 0;
  udp_recv(server, got_datagram, NULL);
  pbuf_take(p, message, 100);
  udp_sendto(client, p, to, UDP_PORT);
  pbuf_free(p);
  turn(2);
  udp_remove(client);
  udp_remove(server);
  return datagrams == 100;
}

static err_t got_bytes(void *user, struct tcp_pcb *pcb, struct pbuf *p, err_t error) {
  (void)user, (void)error;
  if (!p)
    return tcp_close(pcb);
  received += p->tot_len;
  tcp_recved(pcb, p->tot_len);
  pbuf_free(p);
  return ERR_OK;
}

static err_t accepted(void *user, struct tcp_pcb *pcb, err_t error) {
  (void)user, (void)error;
  tcp_recv(pcb, got_bytes);
  return ERR_OK;
}

static err_t connected(void *user, struct tcp_pcb *pcb, err_t error) {
  (void)user, (void)error;
  tcp_write(pcb, message, sizeof message, TCP_WRITE_FLAG_COPY);
  return tcp_output(pcb);
}

static int send_stream(const ip_addr_t *to) {
  struct tcp_pcb *server = tcp_new(), *client = tcp_new();
  if (!server || !client || tcp_bind(server, IP_ADDR_ANY, TCP_PORT) != ERR_OK)
    return 0;
  server = tcp_listen(server);
  tcp_accept(server, accepted);
  if (tcp_connect(client, to, TCP_PORT, connected) != ERR_OK)
    return 0;
  turn(40);
  tcp_close(client);
  turn(40);
  tcp_close(server);
  return received == sizeof message;
}

static void resolved(const char *name, const ip_addr_t *address, void *user) {
  (void)name, (void)address, (void)user;
}

int main(void) {
  ip_addr_t home, found;
  lwip_init();
  turn(2);
  IP_ADDR4(&home, 127, 0, 0, 1);
  memset(message, 'w', sizeof message);
  int good = send_datagram(&home) && send_stream(&home);
  dns_setserver(0, &home);
  dns_gethostbyname("weir.test", &found, resolved, NULL);
  struct netif *loop = netif_get_by_index(1);
  if (loop)
    dhcp_start(loop);
  turn(20);
  dhcp_stop(loop);
  return !good;
}
