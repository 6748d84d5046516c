// What Swift's Glibc module does not import of Linux: readiness, wake-ups, thread names, processor affinity.
//
// _GNU_SOURCE must not be defined here: it changes the layout of types that Glibc and Dispatch have imported already.
// The GNU functions are therefore declared by hand.
#ifndef BULKHEAD_CLINUX_H
#define BULKHEAD_CLINUX_H

#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

extern int bulkhead_accept4(int, struct sockaddr *, socklen_t *, int) __asm__("accept4");
extern int bulkhead_sched_getaffinity(int, size_t, unsigned long *) __asm__("sched_getaffinity");
extern int bulkhead_pthread_setname(unsigned long, const char *) __asm__("pthread_setname_np");
extern unsigned long bulkhead_pthread_self(void) __asm__("pthread_self");

// Accepts without blocking; the descriptor is non-blocking and closed on exec from its first moment.
static inline int bulkhead_accept(int listener) {
  return bulkhead_accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

// A process confined to fewer processors must not start a loop for each that the machine has.
static inline int bulkhead_processor_count(void) {
  unsigned long mask[64] = {0};
  if (bulkhead_sched_getaffinity(0, sizeof(mask), mask) != 0) return 1;
  int count = 0;
  for (size_t i = 0; i < sizeof(mask) / sizeof(mask[0]); i++) count += __builtin_popcountl(mask[i]);
  return count > 0 ? count : 1;
}

static inline int bulkhead_name_thread(const char *name) {
  return bulkhead_pthread_setname(bulkhead_pthread_self(), name);
}

#endif
