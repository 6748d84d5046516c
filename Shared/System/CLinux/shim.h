// Linux functions that Swift's Glibc module does not import: readiness, wake-ups, thread names, processor affinity.
//
// Do not define _GNU_SOURCE here: it changes the layout of types that Glibc and Dispatch import too. These files
// declare the GNU functions by hand instead.
#ifndef BULKHEAD_CLINUX_H
#define BULKHEAD_CLINUX_H

#include <malloc.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include "listener.h"
#include "writing.h"

extern int bulkhead_sched_getaffinity(int, size_t, unsigned long *) __asm__("sched_getaffinity");
extern int bulkhead_pthread_setname(unsigned long, const char *) __asm__("pthread_setname_np");
extern unsigned long bulkhead_pthread_self(void) __asm__("pthread_self");

// Counts the processors in the affinity mask. A process may be confined to fewer than the machine has.
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

// Lowers the priority of the calling thread. On Linux a niceness belongs to a thread, and 0 names the calling one.
static inline int bulkhead_give_way(int niceness) { return setpriority(PRIO_PROCESS, 0, niceness); }

// Raises the soft limit of descriptors to the hard one, and returns the limit in force, or -1.
static inline long bulkhead_raise_descriptor_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return -1;
  struct rlimit raised = {limit.rlim_max, limit.rlim_max};
  if (limit.rlim_cur != limit.rlim_max && setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  return limit.rlim_cur > 0x7fffffff ? 0x7fffffff : (long)limit.rlim_cur;
}

// Maps blocks of at least this size on their own, so that freeing them returns their memory. Setting the threshold also
// keeps the allocator from raising it.
static inline void bulkhead_return_large_blocks(void) { mallopt(M_MMAP_THRESHOLD, 256 * 1024); }

static inline void bulkhead_trim_heap(void) { malloc_trim(0); }

#endif
