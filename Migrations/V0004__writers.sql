-- Steps from here on are recorded in migration_step, each with the oldest program that may still write after it. The
-- table migration ends with step 3: a program that knows only those steps finds its own history and goes on writing.

CREATE TABLE migration_step (
  version       INTEGER PRIMARY KEY,
  name          TEXT NOT NULL,
  checksum      TEXT NOT NULL,
  oldest_writer INTEGER NOT NULL, -- the last step that a program must know in order to write
  applied_at    INTEGER NOT NULL
) STRICT;

-- Runs that have not ended are looked up twice a second.
CREATE INDEX process_unended ON process (id) WHERE ended_at IS NULL;
