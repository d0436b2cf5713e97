// Takes the place of the C library's functions in the program it is linked into, so that SQLite's calls are counted.
#include "sync_counter.h"

#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_long calls;

long sync_counter(void) { return atomic_load(&calls); }

int fdatasync(int descriptor) {
  atomic_fetch_add(&calls, 1);
  return (int)syscall(SYS_fdatasync, descriptor);
}

int fsync(int descriptor) {
  atomic_fetch_add(&calls, 1);
  return (int)syscall(SYS_fsync, descriptor);
}
