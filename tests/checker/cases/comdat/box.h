struct Box {
  int size;
};
#if FAIL
inline Box &box() { return *new Box{1}; }
#else
inline Box &box() { static Box one{1}; return one; }
#endif
