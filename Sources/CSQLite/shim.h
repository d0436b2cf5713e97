#pragma once
#include <sqlite3.h>

// sqlite3_db_config is variadic, which Swift cannot call.
static inline int csqlite_set_no_checkpoint_on_close(sqlite3 *db) {
  return sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}
static inline int csqlite_set_defensive(sqlite3 *db) {
  return sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0);
}

// How long a write-ahead log is at least, in bytes, by the header of its index in the shared memory that an open connection
// has mapped (sqlite.org/walformat.html, "The WAL-Index Header"): 12 words, kept twice, of which a writer changes one copy
// after the other. -1 when the copies differ, and when there is no index.
static inline long long csqlite_indexed_log_bytes(sqlite3 *db) {
  sqlite3_file *file = 0;
  void volatile *index = 0;
  if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || !file || !file->pMethods ||
      file->pMethods->iVersion < 2 || file->pMethods->xShmMap(file, 0, 32768, 0, &index) != SQLITE_OK || !index) {
    return -1;
  }
  union {
    unsigned int words[12];
    struct {
      unsigned int version, unused, change;
      unsigned char is_initialized, big_endian_checksum;
      unsigned short page_size;
      unsigned int frames;
    } header;
  } first;
  const volatile unsigned int *words = (const volatile unsigned int *)index;
  for (int i = 0; i < 12; i++) first.words[i] = words[i];
  __sync_synchronize();
  for (int i = 0; i < 12; i++) {
    if (first.words[i] != words[12 + i]) return -1;
  }
  if (first.header.frames == 0) return 0;
  // A page of 65,536 bytes does not fit and stands as 1. Each frame has a head of 24 bytes, the log one of 32.
  return 32 + (long long)first.header.frames * (24 + (first.header.page_size == 1 ? 65536 : first.header.page_size));
}
