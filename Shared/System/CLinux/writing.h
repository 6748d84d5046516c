// A write that never waits, on a descriptor that other processes share.
#ifndef BULKHEAD_CLINUX_WRITING_H
#define BULKHEAD_CLINUX_WRITING_H

#include <linux/fs.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

extern ssize_t bulkhead_pwritev2(int, const struct iovec *, int, off_t, int) __asm__("pwritev2");

// Writes what the kernel takes at once, at the descriptor's own position (pwritev2(2)). O_NONBLOCK would belong to the open file
// description, and change it for all processes that share it. Fails with EAGAIN where the write would wait, and with EOPNOTSUPP on
// a kernel or a kind of file that cannot say so.
static inline ssize_t bulkhead_write_at_once(int descriptor, const void *bytes, size_t count) {
  struct iovec piece = {(void *)bytes, count};
  return bulkhead_pwritev2(descriptor, &piece, 1, -1, RWF_NOWAIT);
}

#endif
