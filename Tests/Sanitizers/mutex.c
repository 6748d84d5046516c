// Shows ThreadSanitizer the slow paths of Swift's `Mutex` on Linux; scripts/sanitize.sh links it into each program.
//
// A call without contention is inlined into instrumented code, so ThreadSanitizer sees its atomic. A contended call ends in
// libswiftSynchronization, which is not instrumented: each access after it would look like a race. The functions of these
// names run the library's own, and then report the order that it has established.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#define SWIFT __attribute__((swiftcall))
#define HANDLE __attribute__((swift_context)) void *handle

// `_MutexHandle._lockSlow(_:)`, `_tryLockSlow()` and `_unlockSlow()`.
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

extern void __tsan_acquire(void *);
extern void __tsan_release(void *);

SWIFT void lock_slow(uint32_t thread, HANDLE) __asm__(LOCK);
SWIFT bool try_lock_slow(HANDLE) __asm__(TRY_LOCK);
SWIFT void unlock_slow(HANDLE) __asm__(UNLOCK);

// A library without the function would leave every lock without its order, so the program ends.
static void *of_library(const char *name) {
  void *function = dlsym(RTLD_NEXT, name);
  if (!function) abort();
  return function;
}

SWIFT void lock_slow(uint32_t thread, HANDLE) {
  ((SWIFT void (*)(uint32_t, HANDLE))of_library(LOCK))(thread, handle);
  __tsan_acquire(handle);
}

SWIFT bool try_lock_slow(HANDLE) {
  bool is_taken = ((SWIFT bool (*)(HANDLE))of_library(TRY_LOCK))(handle);
  if (is_taken) __tsan_acquire(handle);
  return is_taken;
}

SWIFT void unlock_slow(HANDLE) {
  __tsan_release(handle);
  ((SWIFT void (*)(HANDLE))of_library(UNLOCK))(handle);
}
