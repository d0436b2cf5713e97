-- Rows of other ledgers. A ledger has an identity, whatever its path, and records what it has taken from which ledger, so
-- that nothing is counted twice.

CREATE TABLE ledger_identity (
  id       INTEGER PRIMARY KEY CHECK (id = 1),
  identity TEXT NOT NULL CHECK (length(identity) = 32) -- 128 random bits, hexadecimal
) STRICT;
INSERT INTO ledger_identity VALUES (1, lower(hex(randomblob(16))));

-- A ledger whose rows were ingested or merged. The watermarks are of merges.
CREATE TABLE source_ledger (
  id            INTEGER PRIMARY KEY,
  identity      TEXT NOT NULL UNIQUE,
  feed_position INTEGER, -- the last merged position; NULL before the first whole merge
  feed_id       INTEGER, -- the row at that position
  sample_id     INTEGER, -- the highest merged id
  merged_at     INTEGER, -- when a merge last ended
  part_of       INTEGER REFERENCES source_ledger (id) -- whose rows this one's came with
) STRICT;

-- A run of a merged ledger: its number there and its row here.
CREATE TABLE source_process (
  source_id  INTEGER NOT NULL REFERENCES source_ledger (id),
  process    INTEGER NOT NULL,
  process_id INTEGER NOT NULL REFERENCES process (id),
  PRIMARY KEY (source_id, process)
) STRICT, WITHOUT ROWID;

-- Rows of a merged ledger whose id was taken.
CREATE TABLE source_moved_id (
  source_id INTEGER NOT NULL REFERENCES source_ledger (id),
  id        INTEGER NOT NULL,
  moved_to  INTEGER NOT NULL,
  PRIMARY KEY (source_id, id)
) STRICT, WITHOUT ROWID;

-- Minutes of other ledgers as last taken. A later value adds the difference.
CREATE TABLE source_outcome (
  source_id      INTEGER NOT NULL REFERENCES source_ledger (id),
  bucket_at      INTEGER NOT NULL,
  component_id   INTEGER NOT NULL REFERENCES component (id),
  attempts       INTEGER NOT NULL,
  extra_attempts INTEGER NOT NULL,
  rejected       INTEGER NOT NULL,
  saved          INTEGER NOT NULL,
  degraded       INTEGER NOT NULL,
  undone         INTEGER NOT NULL,
  lost           INTEGER NOT NULL,
  interrupted    INTEGER NOT NULL,
  PRIMARY KEY (source_id, bucket_at, component_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE source_rejection (
  source_id    INTEGER NOT NULL REFERENCES source_ledger (id),
  bucket_at    INTEGER NOT NULL,
  component_id INTEGER NOT NULL REFERENCES component (id),
  epoch        INTEGER NOT NULL, -- in the other ledger
  operation    TEXT NOT NULL,
  reason       INTEGER NOT NULL,
  calls        INTEGER NOT NULL,
  PRIMARY KEY (source_id, bucket_at, component_id, epoch, operation, reason)
) STRICT, WITHOUT ROWID;

-- Ingested events, so that an event that is ingested again is not stored again. `id` has the event's millisecond and a part
-- of the hash, moved up while it is taken.
CREATE TABLE ingested_event (
  id   INTEGER PRIMARY KEY,
  hash INTEGER NOT NULL -- of the event's id, or of its line and the line's number
) STRICT;
