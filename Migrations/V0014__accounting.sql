-- What a ledger has to have: its own rows, and those of other ledgers.

-- How many rows each table of history has to have, so that `healing check` finds a removed one. Triggers count, whichever
-- program writes. A row of health_sample is in the sums of sample_rollup instead: there are too many to count one by one.

CREATE TABLE row_count (
  id         INTEGER PRIMARY KEY, -- 0 to 4: a kind of feed
  table_name TEXT NOT NULL,
  earlier    INTEGER NOT NULL,    -- rows written before this step, deleted ones included
  inserted   INTEGER NOT NULL     -- rows written since
) STRICT;
INSERT INTO row_count
SELECT t.id, t.name, t.rows + coalesce(
  (SELECT iif(typeof(deleted) = 'integer' AND deleted BETWEEN 0 AND 1000000000000000, deleted, 0)
   FROM watermark w WHERE w.table_name = t.name AND w.resolution = 0), 0), 0
FROM (
  SELECT 0 AS id, 'error' AS name, (SELECT count(*) FROM error) AS rows
  UNION ALL SELECT 1, 'recovery', (SELECT count(*) FROM recovery)
  UNION ALL SELECT 2, 'breaker_transition', (SELECT count(*) FROM breaker_transition)
  UNION ALL SELECT 3, 'health_check', (SELECT count(*) FROM health_check)
  UNION ALL SELECT 4, 'feed', (SELECT count(*) FROM feed)
  UNION ALL SELECT 5, 'alert', (SELECT count(*) FROM alert)
  UNION ALL SELECT 6, 'gap', (SELECT count(*) FROM gap)
  UNION ALL SELECT 7, 'rejected_call', (SELECT count(*) FROM rejected_call)
  UNION ALL SELECT 8, 'policy_change', (SELECT count(*) FROM policy_change)
  UNION ALL SELECT 9, 'component_change', (SELECT count(*) FROM component_change)
  UNION ALL SELECT 10, 'upkeep', (SELECT count(*) FROM upkeep)
  UNION ALL SELECT 11, 'pin', (SELECT count(*) FROM pin)
) t;

-- Each error, recovery, transition and check has one place in the feed, so one trigger counts both. The row of feed counts its
-- alerts: those of other ledgers have no place.
CREATE TRIGGER feed_count AFTER INSERT ON feed
BEGIN
  UPDATE row_count SET inserted = iif(inserted BETWEEN 0 AND 4611686018427387903, CAST(inserted AS INTEGER), 0) + 1
  WHERE id = new.kind;
END;
CREATE TRIGGER alert_count AFTER INSERT ON alert
BEGIN
  UPDATE row_count SET inserted = iif(inserted BETWEEN 0 AND 4611686018427387903, CAST(inserted AS INTEGER), 0) + 1
  WHERE id = 5;
END;
CREATE TRIGGER gap_count AFTER INSERT ON gap
BEGIN
  UPDATE row_count SET inserted = iif(inserted BETWEEN 0 AND 4611686018427387903, CAST(inserted AS INTEGER), 0) + 1
  WHERE id = 6;
END;
CREATE TRIGGER rejected_call_count AFTER INSERT ON rejected_call
BEGIN
  UPDATE row_count SET inserted = iif(inserted BETWEEN 0 AND 4611686018427387903, CAST(inserted AS INTEGER), 0) + 1
  WHERE id = 7;
END;
CREATE TRIGGER policy_change_count AFTER INSERT ON policy_change
BEGIN
  UPDATE row_count SET inserted = iif(inserted BETWEEN 0 AND 4611686018427387903, CAST(inserted AS INTEGER), 0) + 1
  WHERE id = 8;
END;
CREATE TRIGGER component_change_count AFTER INSERT ON component_change
BEGIN
  UPDATE row_count SET inserted = iif(inserted BETWEEN 0 AND 4611686018427387903, CAST(inserted AS INTEGER), 0) + 1
  WHERE id = 9;
END;
CREATE TRIGGER upkeep_count AFTER INSERT ON upkeep
BEGIN
  UPDATE row_count SET inserted = iif(inserted BETWEEN 0 AND 4611686018427387903, CAST(inserted AS INTEGER), 0) + 1
  WHERE id = 10;
END;
CREATE TRIGGER pin_count AFTER INSERT ON pin
BEGIN
  UPDATE row_count SET inserted = iif(inserted BETWEEN 0 AND 4611686018427387903, CAST(inserted AS INTEGER), 0) + 1
  WHERE id = 11;
END;

-- What the ledger has of another one in each bucket, as rows and as sums of rows that retention had deleted there. A later total of the
-- bucket adds the difference.
CREATE TABLE source_recovery (
  source_id       INTEGER NOT NULL REFERENCES source_ledger (id),
  component_id    INTEGER NOT NULL REFERENCES component (id),
  action          INTEGER NOT NULL REFERENCES recovery_action (id),
  bucket_at       INTEGER NOT NULL,
  resolution      INTEGER NOT NULL, -- 60 for rows and for sums of minutes, 3600 and 86400 for coarser sums
  total           INTEGER NOT NULL,
  successful      INTEGER NOT NULL,
  attempts        INTEGER NOT NULL,
  duration_sum_us INTEGER NOT NULL,
  PRIMARY KEY (source_id, component_id, action, bucket_at, resolution)
) STRICT, WITHOUT ROWID;
CREATE TABLE source_sample (
  source_id         INTEGER NOT NULL REFERENCES source_ledger (id),
  component_id      INTEGER NOT NULL REFERENCES component (id),
  epoch             INTEGER NOT NULL, -- in the other ledger
  bucket_at         INTEGER NOT NULL,
  resolution        INTEGER NOT NULL,
  successes         INTEGER NOT NULL,
  failures          INTEGER NOT NULL,
  rejected          INTEGER NOT NULL,
  rejected_circuit  INTEGER NOT NULL,
  rejected_bulkhead INTEGER NOT NULL,
  cancelled         INTEGER NOT NULL,
  caller_errors     INTEGER NOT NULL,
  stale             INTEGER NOT NULL,
  duration_sum_us   INTEGER NOT NULL,
  upto_1ms          INTEGER NOT NULL,
  upto_10ms         INTEGER NOT NULL,
  upto_100ms        INTEGER NOT NULL,
  upto_1s           INTEGER NOT NULL,
  upto_10s          INTEGER NOT NULL,
  over_10s          INTEGER NOT NULL,
  PRIMARY KEY (source_id, component_id, epoch, bucket_at, resolution)
) STRICT, WITHOUT ROWID;
-- 1: source_recovery and source_sample have all rows of the ledger that this one has.
ALTER TABLE source_ledger ADD COLUMN is_counted INTEGER NOT NULL DEFAULT 0;
