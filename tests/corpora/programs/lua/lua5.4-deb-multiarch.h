// Debian's rules write this: the directory of modules, which this program does not load.
#define DEB_HOST_MULTIARCH ""
