#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#ifndef __GLIBC__
#include <unistd.h>
#endif
#ifdef __linux__
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/vfs.h>
#if __has_include(<sys/rseq.h>)
#include <sys/rseq.h>
#endif
#else
#include <pthread.h>
#include <sys/mount.h>
#include <sys/param.h>
#endif

// What the package uses of the system and Swift does not import, for Linux with glibc. The branches for musl and Darwin are
// written by their manuals and are not tested.

// Open-file-description locks (Linux 3.15). The constants need _GNU_SOURCE, which Swift's own
// import of <fcntl.h> does not set, and fcntl is variadic. Darwin's <fcntl.h> defines them.
#if defined(__linux__) && !defined(F_OFD_GETLK)
#define F_OFD_GETLK 36
#define F_OFD_SETLK 37
#endif

// Tries to lock one byte exclusively without waiting: 0, or an errno value.
static inline int clinux_try_lock_byte(int fd, long long offset) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = offset, .l_len = 1};
  return fcntl(fd, F_OFD_SETLK, &lock) == 0 ? 0 : errno;
}

// Names the calling thread for ps and top: up to 15 bytes. Foundation on Linux does not pass a thread's name on.
static inline void clinux_name_thread(const char *name) {
#ifdef __linux__
  prctl(PR_SET_NAME, name, 0, 0, 0);
#else
  pthread_setname_np(name);
#endif
}

static inline int clinux_unlock_byte(int fd, long long offset) {
  struct flock lock = {.l_type = F_UNLCK, .l_whence = SEEK_SET, .l_start = offset, .l_len = 1};
  return fcntl(fd, F_OFD_SETLK, &lock) == 0 ? 0 : errno;
}

// 1 when another open file description holds the byte, 0 when it is free, negative errno otherwise.
static inline int clinux_is_byte_locked(int fd, long long offset) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = offset, .l_len = 1};
  if (fcntl(fd, F_OFD_GETLK, &lock) != 0) return -errno;
  return lock.l_type == F_UNLCK ? 0 : 1;
}

// Whether another process, or another open file description, holds a lock on a byte from `offset` on: 1, 0, or a negative
// errno. `length` 0 means to the end. The holder's number is in `process`, -1 for an open-file-description lock.
static inline int clinux_find_lock(int fd, long long offset, long long length, long long *process) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = offset, .l_len = length};
  if (fcntl(fd, F_OFD_GETLK, &lock) != 0) return -errno;
  *process = lock.l_pid;
  return lock.l_type == F_UNLCK ? 0 : 1;
}

#ifdef __GLIBC__
// renameat2(2, glibc 2.28), which <stdio.h> declares only under _GNU_SOURCE.
extern int clinux_renameat2(int, const char *, int, const char *, unsigned int) __asm__("renameat2");
#endif

// Renames a file unless the new name exists: 0, or an errno value. EINVAL and ENOSYS: the file system cannot do it.
static inline int clinux_rename_without_replacing(const char *from, const char *to) {
#ifdef __GLIBC__
  const unsigned int no_replace = 1;  // RENAME_NOREPLACE
  return clinux_renameat2(AT_FDCWD, from, AT_FDCWD, to, no_replace) == 0 ? 0 : errno;
#else
  (void)from;
  (void)to;
  return ENOSYS;
#endif
}

// The magic number of the file system that holds `path` (statfs(2)), or a negative errno. Swift's Glibc does not
// import statfs.
static inline long long clinux_file_system_type(const char *path) {
  struct statfs status;
  if (statfs(path, &status) != 0) return -(long long)errno;
  return (long long)(unsigned int)status.f_type;
}

#ifdef RSEQ_SIG
// Weak: a program that is built with glibc 2.35 or later also runs with an earlier one.
extern const ptrdiff_t __rseq_offset __attribute__((weak));
extern const unsigned int __rseq_size __attribute__((weak));
#endif

// The processor that the calling thread runs on, or -1. glibc from 2.35 on registers memory that the kernel keeps up to
// date (rseq(2)); read in place, it costs one load instead of a call.
static inline int clinux_processor(void) {
#ifdef RSEQ_SIG
  if (&__rseq_offset && &__rseq_size && __rseq_size > 0) {
    const char *area = (const char *)__builtin_thread_pointer() + __rseq_offset;
    int processor = (int)((const volatile struct rseq *)area)->cpu_id;
    if (processor >= 0) return processor;
  }
#endif
#ifdef __linux__
  return sched_getcpu();
#else
  size_t number;
  return pthread_cpu_number_np(&number) == 0 ? (int)number : -1;
#endif
}

#ifdef __GLIBC__
// pipe2(2) and posix_spawn_file_actions_addclosefrom_np(3, glibc 2.34), under names of their own: the headers that declare
// them define fd_set differently under _GNU_SOURCE than where Swift imports it.
extern int clinux_pipe2(int ends[2], int flags) __asm__("pipe2");
extern int clinux_spawn_close_from(void *file_actions, int first) __asm__("posix_spawn_file_actions_addclosefrom_np");
#else
// pipe2(2), where O_CLOEXEC is the only flag. Darwin has no pipe2: a child started between the calls inherits the ends.
static inline int clinux_pipe2(int ends[2], int flags) {
#ifdef __linux__
  return pipe2(ends, flags);
#else
  if (pipe(ends) != 0) return -1;
  if (flags & O_CLOEXEC) {
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
  }
  return 0;
#endif
}

// Only glibc can close all descriptors of a child. Elsewhere no program is started, rather than one that inherits the ledger
// and the daemon's connections.
static inline int clinux_spawn_close_from(void *file_actions, int first) {
  (void)file_actions;
  (void)first;
  return ENOSYS;
}
#endif

// Lets every thread allocate from one arena (mallopt(3)): 0, or -1 when the C library refuses. With an arena for
// each thread, long-lived blocks lie between freed ones, and a daemon keeps twice the pages that it needs. Without glibc: -1.
static inline int clinux_use_one_arena(void) {
#ifdef __GLIBC__
  return mallopt(M_ARENA_MAX, 1) == 1 ? 0 : -1;
#else
  return -1;
#endif
}

// Gives each block of 128 KiB and more its own pages, which return to the system when it is freed (mallopt(3)): 0, or -1.
// Otherwise glibc raises the threshold up to 32 MiB as large blocks are freed, and large answers leave the heap in pieces.
static inline int clinux_map_large_blocks(void) {
#ifdef __GLIBC__
  return mallopt(M_MMAP_THRESHOLD, 128 * 1024) == 1 ? 0 : -1;
#else
  return -1;
#endif
}
