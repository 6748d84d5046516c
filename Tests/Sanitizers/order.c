// Shows ThreadSanitizer the order that the toolchain's libraries establish between threads on Linux; scripts/sanitize.sh
// links it into each program. These libraries are not instrumented, so each access after them would look like a race.
//
// - Swift's `Mutex`: a call without contention is inlined into instrumented code, so ThreadSanitizer sees its atomic. A
//   contended call ends in libswiftSynchronization. The functions of these names run the library's own, and then report.
// - Tasks: the runtime reports most of their order itself. It does not where a continuation was resumed before its task
//   came to wait for it, and the task goes on at once. So each task is ordered after its resumption when it goes on.
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

extern SWIFT void *swift_task_getCurrent(void);

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

typedef __attribute__((swiftasynccall)) void (*resumption)(__attribute__((swift_async_context)) void *context);

// The beginnings of the runtime's `AsyncContext` and `AsyncTask`, on a system with pointers of 8 bytes.
struct context {
  void *parent;
  resumption resume;
};

struct task {
  char before[56];
  resumption resume;
  struct context *context;
};

// The task still has what the runtime has noted when the continuation began, and what the context had before it had this
// function.
static __attribute__((swiftasynccall)) void go_on(__attribute__((swift_async_context)) void *context) {
  struct task *task = swift_task_getCurrent();
  if (task->context != context || task->resume == go_on) abort();
  __tsan_acquire(task);
  __attribute__((musttail)) return task->resume(context);
}

// The runtime calls the context's function only where it does not suspend the task. A task that it has suspended goes on with
// its own. A runtime with another layout would leave tasks without their order, or worse, so the program ends.
__attribute__((swiftasynccall)) void swift_continuation_await(struct context *context) {
  static __attribute__((swiftasynccall)) void (*library)(struct context *);
  if (!library) library = (__attribute__((swiftasynccall)) void (*)(struct context *))of_library("swift_continuation_await");
  const struct task *task = swift_task_getCurrent();
  if (task->context != context || task->resume != context->resume) abort();
  context->resume = go_on;
  __attribute__((musttail)) return library(context);
}
