// Functions for child processes that Swift's Glibc module does not import.
//
// Do not define _GNU_SOURCE here, for the reason in CLinux. This file declares the GNU functions by hand instead.
#ifndef BULKHEAD_CPROCESS_H
#define BULKHEAD_CPROCESS_H

#include <spawn.h>

extern int bulkhead_spawn_chdir(posix_spawn_file_actions_t *, const char *) __asm__("posix_spawn_file_actions_addchdir_np");
extern int bulkhead_spawn_closefrom(posix_spawn_file_actions_t *, int) __asm__("posix_spawn_file_actions_addclosefrom_np");
extern int bulkhead_memfd_create(const char *, unsigned int) __asm__("memfd_create");

// Opens a file in memory, close-on-exec.
static inline int bulkhead_memory_file(const char *name) { return bulkhead_memfd_create(name, 1u); }

#endif
