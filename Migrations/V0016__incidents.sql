-- What questions after an outage need: groups of errors, calls by release, notes on incidents, who called whom.

-- The last step that the run's program knew. NULL: a program from before this step, whose calls are not in release_rollup.
ALTER TABLE process ADD COLUMN schema_step INTEGER;
-- The execution of an outer component that made the call: one of the same engine whose first attempt had failed.
ALTER TABLE error ADD COLUMN parent_execution_id INTEGER;
ALTER TABLE recovery ADD COLUMN parent_execution_id INTEGER;
-- 1: the writer has counted the row in error_group and error_rollup. NULL: the trigger below has.
ALTER TABLE error ADD COLUMN grouped INTEGER;

-- The errors of one fault, component and release, of all time. Numbers of their rows may be damaged, so nothing refers to
-- another table.
CREATE TABLE error_group (
  id            INTEGER PRIMARY KEY,
  component_id  INTEGER NOT NULL,
  fingerprint   TEXT NOT NULL,
  release       TEXT NOT NULL,    -- of the runs; '' for none
  category      INTEGER NOT NULL, -- these four are of the group's first row
  severity      INTEGER NOT NULL,
  type          TEXT NOT NULL,
  message       TEXT NOT NULL,    -- its first 200 characters
  first_at      INTEGER NOT NULL,
  last_at       INTEGER NOT NULL,
  entries       INTEGER NOT NULL, -- rows of error
  occurrences   INTEGER NOT NULL,
  referred      INTEGER NOT NULL, -- of the occurrences, those that an inner component counts
  last_error_id INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX error_group_key ON error_group (component_id, fingerprint, release);

CREATE TABLE error_rollup (
  resolution   INTEGER NOT NULL CHECK (resolution IN (3600, 86400)),
  bucket_at    INTEGER NOT NULL,
  group_id     INTEGER NOT NULL, -- of error_group
  component_id INTEGER NOT NULL,
  entries      INTEGER NOT NULL,
  occurrences  INTEGER NOT NULL,
  referred     INTEGER NOT NULL,
  PRIMARY KEY (resolution, bucket_at, group_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX error_rollup_by_group ON error_rollup (group_id, resolution, bucket_at);

INSERT INTO error_group (component_id, fingerprint, release, category, severity, type, message, first_at, last_at, entries,
  occurrences, referred, last_error_id)
SELECT g.component_id, g.fingerprint, g.release, coalesce(CAST(e.category AS INTEGER), 9), coalesce(CAST(e.severity AS INTEGER), 1),
  coalesce(CAST(e.type AS TEXT), ''), coalesce(substr(CAST(e.message AS TEXT), 1, 200), ''), g.first_at, g.last_at, g.entries,
  g.occurrences, g.referred, g.last_id
FROM (
  SELECT coalesce(CAST(x.component_id AS INTEGER), 0) AS component_id, coalesce(CAST(x.fingerprint AS TEXT), '') AS fingerprint,
    coalesce(CAST(p.release AS TEXT), '') AS release, coalesce(CAST(min(x.at) AS INTEGER), 0) AS first_at,
    coalesce(CAST(max(x.at) AS INTEGER), 0) AS last_at, count(*) AS entries,
    CAST(min(total(x.occurrences), 4e18) AS INTEGER) AS occurrences,
    CAST(min(total(iif(x.cause_id IS NULL, 0, x.occurrences)), 4e18) AS INTEGER) AS referred, min(x.id) AS first_id,
    max(x.id) AS last_id
  FROM error x LEFT JOIN process p ON p.id = x.process_id GROUP BY 1, 2, 3) g
JOIN error e ON e.id = g.first_id;
INSERT INTO error_rollup (resolution, bucket_at, group_id, component_id, entries, occurrences, referred)
SELECT 3600, coalesce(CAST(x.at AS INTEGER), 0) / 3600000000 * 3600000000, g.id, g.component_id, count(*),
  CAST(min(total(x.occurrences), 4e18) AS INTEGER), CAST(min(total(iif(x.cause_id IS NULL, 0, x.occurrences)), 4e18) AS INTEGER)
FROM error x LEFT JOIN process p ON p.id = x.process_id
CROSS JOIN error_group g ON g.component_id = coalesce(CAST(x.component_id AS INTEGER), 0)
  AND g.fingerprint = coalesce(CAST(x.fingerprint AS TEXT), '') AND g.release = coalesce(CAST(p.release AS TEXT), '')
GROUP BY 2, 3;
INSERT INTO error_rollup (resolution, bucket_at, group_id, component_id, entries, occurrences, referred)
SELECT 86400, bucket_at / 86400000000 * 86400000000, group_id, max(component_id), sum(entries),
  CAST(min(total(occurrences), 4e18) AS INTEGER), CAST(min(total(referred), 4e18) AS INTEGER)
FROM error_rollup WHERE resolution = 3600 GROUP BY 2, 3;

-- Counts the rows of an earlier program, and those that a merge or an import copies.
CREATE TRIGGER error_without_group AFTER INSERT ON error
WHEN new.grouped IS NULL
BEGIN
  INSERT INTO error_group (component_id, fingerprint, release, category, severity, type, message, first_at, last_at, entries,
    occurrences, referred, last_error_id)
  VALUES (new.component_id, new.fingerprint, coalesce((SELECT release FROM process WHERE id = new.process_id), ''), new.category,
    new.severity, new.type, substr(new.message, 1, 200), new.at, new.at, 1, new.occurrences,
    iif(new.cause_id IS NULL, 0, new.occurrences), new.id)
  ON CONFLICT (component_id, fingerprint, release) DO UPDATE SET
    first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at),
    entries = iif(entries BETWEEN 0 AND 4611686018427387903, entries, 0) + excluded.entries,
    occurrences = iif(occurrences BETWEEN 0 AND 4611686018427387903, occurrences, 0) + excluded.occurrences,
    referred = iif(referred BETWEEN 0 AND 4611686018427387903, referred, 0) + excluded.referred,
    last_error_id = max(last_error_id, excluded.last_error_id);
  INSERT INTO error_rollup (resolution, bucket_at, group_id, component_id, entries, occurrences, referred)
  SELECT r.column1, new.at / (r.column1 * 1000000) * (r.column1 * 1000000), g.id, g.component_id, 1, new.occurrences,
    iif(new.cause_id IS NULL, 0, new.occurrences)
  FROM (VALUES (3600), (86400)) r
  JOIN error_group g ON g.component_id = new.component_id AND g.fingerprint = new.fingerprint
    AND g.release = coalesce((SELECT release FROM process WHERE id = new.process_id), '')
  WHERE true
  ON CONFLICT (resolution, bucket_at, group_id) DO UPDATE SET
    entries = iif(entries BETWEEN 0 AND 4611686018427387903, entries, 0) + excluded.entries,
    occurrences = iif(occurrences BETWEEN 0 AND 4611686018427387903, occurrences, 0) + excluded.occurrences,
    referred = iif(referred BETWEEN 0 AND 4611686018427387903, referred, 0) + excluded.referred;
END;

-- Calls by release. Counts begin with the first program that knows this step.
CREATE TABLE release_rollup (
  resolution      INTEGER NOT NULL CHECK (resolution IN (3600, 86400)),
  bucket_at       INTEGER NOT NULL,
  component_id    INTEGER NOT NULL,
  release         TEXT NOT NULL, -- of the runs; '' for none
  successes       INTEGER NOT NULL,
  failures        INTEGER NOT NULL,
  rejected        INTEGER NOT NULL,
  cancelled       INTEGER NOT NULL,
  caller_errors   INTEGER NOT NULL,
  stale           INTEGER NOT NULL,
  duration_sum_us INTEGER NOT NULL,
  duration_max_us INTEGER NOT NULL,
  upto_1ms        INTEGER NOT NULL,
  upto_10ms       INTEGER NOT NULL,
  upto_100ms      INTEGER NOT NULL,
  upto_1s         INTEGER NOT NULL,
  upto_10s        INTEGER NOT NULL,
  over_10s        INTEGER NOT NULL,
  PRIMARY KEY (resolution, bucket_at, component_id, release)
) STRICT, WITHOUT ROWID;

-- History: what people know about an incident. Ids rise in the order of commits.
CREATE TABLE incident_note (
  id       INTEGER PRIMARY KEY,
  at       INTEGER NOT NULL,
  incident TEXT NOT NULL, -- the incident's id
  kind     TEXT NOT NULL, -- title, cause, detected_at, merge, split, action_item, link, text
  text     TEXT NOT NULL,
  actor    TEXT NOT NULL
) STRICT;
CREATE INDEX incident_note_by_incident ON incident_note (incident);
CREATE TRIGGER incident_note_no_update BEFORE UPDATE ON incident_note
BEGIN SELECT RAISE(ABORT, 'incident_note is append-only'); END;
CREATE TRIGGER incident_note_no_delete BEFORE DELETE ON incident_note
WHEN (SELECT open FROM retention_door) = 0
BEGIN SELECT RAISE(ABORT, 'incident_note is append-only'); END;
INSERT INTO row_count VALUES (12, 'incident_note', 0, 0);
CREATE TRIGGER incident_note_count AFTER INSERT ON incident_note
BEGIN
  UPDATE row_count SET inserted = iif(inserted BETWEEN 0 AND 4611686018427387903, CAST(inserted AS INTEGER), 0) + 1
  WHERE id = 12;
END;

-- Minutes that can be a part of an incident: few of all minutes. The planner passes the index by without statistics, so the
-- view names it. A damaged number counts as the nearest possible one. The resolution is first so that salvage does not take an entry
-- for a row of sealed_recovery, which has as many numbers.
CREATE INDEX sample_rollup_trouble ON sample_rollup (resolution, bucket_at, component_id, epoch, failures, successes, rejected)
WHERE resolution = 60 AND (failures >= 3 OR rejected > 0 OR (failures > 0 AND successes = 0));
CREATE VIEW v_trouble_minutes AS
SELECT bucket_at AS minute_at, component_id, epoch,
  min(max(successes, 0), 400000000000000) AS successes, min(max(failures, 0), 400000000000000) AS failures,
  min(max(rejected, 0), 400000000000000) AS rejected
FROM sample_rollup INDEXED BY sample_rollup_trouble
WHERE resolution = 60 AND (failures >= 3 OR rejected > 0 OR (failures > 0 AND successes = 0));

DROP VIEW v_errors;
CREATE VIEW v_errors AS
SELECT e.id,
  strftime('%Y-%m-%dT%H:%M:%S', e.at / 1000000, 'unixepoch') || printf('.%06dZ', e.at % 1000000) AS time,
  c.name AS component, e.operation, e.execution_id, e.attempt, k.name AS category, s.name AS severity,
  e.transient, e.type, e.message, e.fingerprint, e.rule, e.retry_after_us / 1000.0 AS retry_after_ms,
  e.request_id, e.user_id, e.metadata, e.occurrences, e.process_id, e.cause_id, e.parent_execution_id
FROM error e
JOIN component c ON c.id = e.component_id
JOIN category k ON k.id = e.category
JOIN severity s ON s.id = e.severity;

DROP VIEW v_recoveries;
CREATE VIEW v_recoveries AS
SELECT r.id,
  strftime('%Y-%m-%dT%H:%M:%S', r.at / 1000000, 'unixepoch') || printf('.%06dZ', r.at % 1000000) AS time,
  c.name AS component, r.operation, r.execution_id, r.error_id, a.name AS action, r.success, r.outcome,
  r.attempts, r.duration_us / 1000.0 AS duration_ms, r.message, r.metadata, r.occurrences, r.process_id,
  r.request_id, r.user_id, r.gave_up, r.parent_execution_id
FROM recovery r
JOIN component c ON c.id = r.component_id
JOIN recovery_action a ON a.id = r.action;

CREATE VIEW v_error_groups AS
SELECT g.id, c.name AS component, g.fingerprint, nullif(g.release, '') AS release, k.name AS category, s.name AS severity, g.type,
  g.message,
  strftime('%Y-%m-%dT%H:%M:%S', g.first_at / 1000000, 'unixepoch') || printf('.%06dZ', g.first_at % 1000000) AS first,
  strftime('%Y-%m-%dT%H:%M:%S', g.last_at / 1000000, 'unixepoch') || printf('.%06dZ', g.last_at % 1000000) AS last,
  g.entries, g.occurrences, g.referred, g.last_error_id
FROM error_group g
JOIN component c ON c.id = g.component_id
LEFT JOIN category k ON k.id = g.category
LEFT JOIN severity s ON s.id = g.severity;

CREATE VIEW v_releases AS
SELECT strftime('%Y-%m-%dT%H:%M:00Z', r.bucket_at / 1000000, 'unixepoch') AS hour,
  c.name AS component, nullif(r.release, '') AS release, r.successes, r.failures, r.rejected, r.cancelled, r.caller_errors,
  r.stale, r.duration_sum_us / 1000.0 AS duration_sum_ms, r.duration_max_us / 1000.0 AS duration_max_ms
FROM release_rollup r
JOIN component c ON c.id = r.component_id
WHERE r.resolution = 3600;

CREATE VIEW v_incident_notes AS
SELECT id, strftime('%Y-%m-%dT%H:%M:%S', at / 1000000, 'unixepoch') || printf('.%06dZ', at % 1000000) AS time,
  incident, kind, text, actor
FROM incident_note;
