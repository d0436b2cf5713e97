-- Retention and upkeep: how far each table was pruned, sums of the deleted rows, pinned ranges, and a history of upkeep.

-- Rows of the table before pruned_before_at are deleted, pinned ones excepted. Every row at or after it is there.
CREATE TABLE watermark (
  table_name       TEXT NOT NULL,    -- a history table, feed, or rollup: all roll-ups
  resolution       INTEGER NOT NULL, -- of the roll-ups' buckets in seconds; 0 for a history table
  pruned_before_at INTEGER NOT NULL,
  last_position    INTEGER,          -- of feed: positions up to this one are deleted, alerts excepted
  deleted          INTEGER NOT NULL, -- rows so far
  pruned_at        INTEGER NOT NULL, -- the last time
  PRIMARY KEY (table_name, resolution)
) STRICT, WITHOUT ROWID;

-- Sums of deleted rows by day. Rows and sealed sums together are the roll-ups of resolutions 86400 and 0. Numbers of deleted rows
-- may have been damaged, so nothing refers to another table.
CREATE TABLE sealed_recovery (
  bucket_at       INTEGER NOT NULL,
  component_id    INTEGER NOT NULL,
  action          INTEGER NOT NULL,
  total           INTEGER NOT NULL,
  successful      INTEGER NOT NULL,
  attempts        INTEGER NOT NULL,
  duration_sum_us INTEGER NOT NULL,
  PRIMARY KEY (bucket_at, component_id, action)
) STRICT, WITHOUT ROWID;
CREATE TABLE sealed_sample (
  bucket_at         INTEGER NOT NULL,
  component_id      INTEGER NOT NULL,
  epoch             INTEGER NOT NULL,
  successes         INTEGER NOT NULL,
  failures          INTEGER NOT NULL,
  rejected          INTEGER NOT NULL,
  cancelled         INTEGER NOT NULL,
  caller_errors     INTEGER NOT NULL,
  stale             INTEGER NOT NULL,
  duration_sum_us   INTEGER NOT NULL,
  duration_max_us   INTEGER NOT NULL,
  rejected_circuit  INTEGER NOT NULL,
  rejected_bulkhead INTEGER NOT NULL,
  PRIMARY KEY (bucket_at, component_id, epoch)
) STRICT, WITHOUT ROWID;

-- Ranges whose rows retention keeps. A pin that was removed stays as a row.
CREATE TABLE pin (
  id           INTEGER PRIMARY KEY,
  at           INTEGER NOT NULL,
  since_at     INTEGER NOT NULL,
  until_at     INTEGER NOT NULL,
  component_id INTEGER REFERENCES component (id), -- NULL for all
  reason       TEXT NOT NULL,
  actor        TEXT NOT NULL,
  removed_at   INTEGER,
  removed_by   TEXT,
  CHECK (since_at < until_at)
) STRICT;
CREATE TRIGGER pin_no_update BEFORE UPDATE ON pin
WHEN old.removed_at IS NOT NULL OR new.removed_at IS NULL OR new.id <> old.id OR new.since_at <> old.since_at
  OR new.until_at <> old.until_at OR new.component_id IS NOT old.component_id OR new.reason <> old.reason
  OR new.actor <> old.actor OR new.at <> old.at
BEGIN SELECT RAISE(ABORT, 'pin is append-only'); END;
CREATE TRIGGER pin_no_delete BEFORE DELETE ON pin
WHEN (SELECT open FROM retention_door) = 0
BEGIN SELECT RAISE(ABORT, 'pin is append-only'); END;

-- History: what was done to the ledger itself. Ids rise in the order of commits.
CREATE TABLE upkeep (
  id          INTEGER PRIMARY KEY,
  at          INTEGER NOT NULL, -- when it began
  kind        TEXT NOT NULL,    -- check, backup, prune, compact
  outcome     TEXT NOT NULL,    -- ok, failed, stopped
  figures     TEXT NOT NULL,    -- JSON object
  duration_us INTEGER NOT NULL
) STRICT;
CREATE INDEX upkeep_by_kind ON upkeep (kind);
CREATE TRIGGER upkeep_no_update BEFORE UPDATE ON upkeep
BEGIN SELECT RAISE(ABORT, 'upkeep is append-only'); END;
CREATE TRIGGER upkeep_no_delete BEFORE DELETE ON upkeep
WHEN (SELECT open FROM retention_door) = 0
BEGIN SELECT RAISE(ABORT, 'upkeep is append-only'); END;

CREATE VIEW v_watermarks AS
SELECT table_name, nullif(resolution, 0) AS resolution,
  strftime('%Y-%m-%dT%H:%M:%S', pruned_before_at / 1000000, 'unixepoch') || printf('.%06dZ', pruned_before_at % 1000000) AS pruned_before,
  last_position, deleted,
  strftime('%Y-%m-%dT%H:%M:%S', pruned_at / 1000000, 'unixepoch') || printf('.%06dZ', pruned_at % 1000000) AS pruned
FROM watermark;

CREATE VIEW v_pins AS
SELECT p.id,
  strftime('%Y-%m-%dT%H:%M:%S', p.at / 1000000, 'unixepoch') || printf('.%06dZ', p.at % 1000000) AS time,
  strftime('%Y-%m-%dT%H:%M:%S', p.since_at / 1000000, 'unixepoch') || printf('.%06dZ', p.since_at % 1000000) AS since,
  strftime('%Y-%m-%dT%H:%M:%S', p.until_at / 1000000, 'unixepoch') || printf('.%06dZ', p.until_at % 1000000) AS until,
  c.name AS component, p.reason, p.actor,
  strftime('%Y-%m-%dT%H:%M:%S', p.removed_at / 1000000, 'unixepoch') || printf('.%06dZ', p.removed_at % 1000000) AS removed,
  p.removed_by
FROM pin p
LEFT JOIN component c ON c.id = p.component_id;

CREATE VIEW v_upkeep AS
SELECT id, strftime('%Y-%m-%dT%H:%M:%S', at / 1000000, 'unixepoch') || printf('.%06dZ', at % 1000000) AS time,
  kind, outcome, figures, duration_us / 1000.0 AS duration_ms
FROM upkeep;
