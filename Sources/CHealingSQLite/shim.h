#pragma once
#include <sqlite3.h>

// sqlite3_db_config is variadic, which Swift cannot call.
static inline int csqlite_set_no_checkpoint_on_close(sqlite3 *db) {
  return sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}
static inline int csqlite_set_defensive(sqlite3 *db) {
  return sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0);
}

// What the index of a write-ahead log says (sqlite.org/walformat.html, "The WAL-Index Format").
typedef struct {
  unsigned int page_size;
  // Frames of the log that readers may look for, and pages of the database that they make.
  unsigned int frames, pages;
  // The salt of the log's generation, byte for byte as in the log.
  unsigned long long salt;
  // Frames that were copied into the database file, and that a checkpoint has set out to copy.
  unsigned int copied, attempted;
} csqlite_log_index;

// Reads the index in the shared memory that an open connection has mapped. Its header of 12 words is kept twice, of which a
// writer changes one copy after the other; the progress of checkpoints follows them. Returns 0 when the copies differ, and
// when there is no index.
static inline int csqlite_read_log_index(sqlite3 *db, csqlite_log_index *out) {
  sqlite3_file *file = 0;
  void volatile *index = 0;
  if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || !file || !file->pMethods ||
      file->pMethods->iVersion < 2 || file->pMethods->xShmMap(file, 0, 32768, 0, &index) != SQLITE_OK || !index) {
    return 0;
  }
  union {
    unsigned int words[12];
    struct {
      unsigned int version, unused, change;
      unsigned char is_initialized, big_endian_checksum;
      unsigned short page_size;
      unsigned int frames, pages, frame_checksum[2];
      unsigned char salt[8];
      unsigned int checksum[2];
    } header;
  } first;
  const volatile unsigned int *words = (const volatile unsigned int *)index;
  for (int i = 0; i < 12; i++) first.words[i] = words[i];
  __sync_synchronize();
  out->copied = words[24];
  out->attempted = words[32];
  for (int i = 0; i < 12; i++) {
    if (first.words[i] != words[12 + i]) return 0;
  }
  // A page of 65,536 bytes does not fit and is stored as 1.
  out->page_size = first.header.page_size == 1 ? 65536 : first.header.page_size;
  out->frames = first.header.frames;
  out->pages = first.header.pages;
  __builtin_memcpy(&out->salt, first.header.salt, 8);
  return 1;
}

// Whether eight bytes of the write-ahead log are a salt. Reads by SQLite's own descriptor: opening and closing another would
// drop its locks.
static inline int csqlite_log_has_salt(sqlite3 *db, unsigned long long salt, long long place) {
  sqlite3_file *log = 0;
  unsigned long long found = 0;
  return sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK && log && log->pMethods &&
         log->pMethods->xRead(log, &found, 8, place) == SQLITE_OK && found == salt;
}

// The first 100 bytes of the database file, its head (sqlite.org/fileformat.html), by SQLite's own descriptor. Returns 0 when
// they cannot be read.
static inline int csqlite_read_head(sqlite3 *db, unsigned char head[100]) {
  sqlite3_file *file = 0;
  return sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK && file && file->pMethods &&
         file->pMethods->xRead(file, head, 100, 0) == SQLITE_OK;
}

// Bytes of the database file, by SQLite's own descriptor. Returns 0 when they cannot be read.
static inline int csqlite_read_file(sqlite3 *db, unsigned char *bytes, int count, long long place) {
  sqlite3_file *file = 0;
  return sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK && file && file->pMethods &&
         file->pMethods->xRead(file, bytes, count, place) == SQLITE_OK;
}

// Whether the last frames of a log that was copied whole are in the database file byte for byte: 1 or 0, and 1 when the log
// cannot be read. Of a log that was copied in part nothing is known: a checkpoint leaves out the pages that have a later
// frame. It also leaves out pages behind the end of the database. Each page is compared with its latest frame, at most
// `most` frames from the end. `pages` has room for `most` numbers, `buffer` for two pages.
static inline int csqlite_holds_copies(sqlite3 *db, const csqlite_log_index *index, unsigned int *pages, unsigned int most,
                                       unsigned char *buffer) {
  sqlite3_file *log = 0, *file = 0;
  if (sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) != SQLITE_OK || !log || !log->pMethods ||
      sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || !file || !file->pMethods) {
    return 1;
  }
  if (index->copied != index->frames) return 1;
  const unsigned int size = index->page_size;
  unsigned int seen = 0;
  for (unsigned int i = 0; i < most && i < index->copied; i++) {
    const sqlite3_int64 place = 32 + (sqlite3_int64)(index->copied - i - 1) * (24 + (sqlite3_int64)size);
    unsigned char head[24];
    if (log->pMethods->xRead(log, head, 24, place) != SQLITE_OK) return 1;
    const unsigned int page = (unsigned int)head[0] << 24 | (unsigned int)head[1] << 16 | (unsigned int)head[2] << 8 | head[3];
    unsigned int known = 0;
    while (known < seen && pages[known] != page) known++;
    if (known < seen || page == 0 || page > index->pages) continue;
    pages[seen++] = page;
    if (log->pMethods->xRead(log, buffer, (int)size, place + 24) != SQLITE_OK) return 1;
    if (file->pMethods->xRead(file, buffer + size, (int)size, (sqlite3_int64)(page - 1) * size) != SQLITE_OK ||
        __builtin_memcmp(buffer, buffer + size, size) != 0) {
      return 0;
    }
  }
  return 1;
}
