-- The ledger: closed vocabularies, append-only history, projections, roll-ups, views.
-- Times are integer microseconds UTC since 1970 (`*_at`), durations integer microseconds (`*_us`).
-- Row ids of history tables sort by the time they were given out: order by id, never by time.

PRAGMA application_id = 1212498252; -- 'HEAL'

CREATE TABLE migration (
  version    INTEGER PRIMARY KEY,
  name       TEXT NOT NULL,
  checksum   TEXT NOT NULL,
  applied_at INTEGER NOT NULL
) STRICT;

-- Closed vocabularies ------------------------------------------------------------------------

CREATE TABLE category (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO category VALUES (0,'network'),(1,'api'),(2,'rate_limit'),(3,'authentication'),(4,'resource'),
  (5,'database'),(6,'validation'),(7,'timeout'),(8,'configuration'),(9,'unknown');

CREATE TABLE severity (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO severity VALUES (0,'low'),(1,'medium'),(2,'high'),(3,'critical');

CREATE TABLE health_status (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO health_status VALUES (0,'healthy'),(1,'degraded'),(2,'unhealthy'),(3,'critical');

CREATE TABLE recovery_action (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO recovery_action VALUES (0,'retry'),(1,'retry_backoff'),(2,'fallback'),(3,'rollback'),
  (4,'circuit_break'),(5,'restart'),(6,'alert'),(7,'ignore'),(8,'escalate'),(9,'custom');

CREATE TABLE breaker_state (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO breaker_state VALUES (0,'closed'),(1,'open'),(2,'half_open');

-- Who wrote, about what ----------------------------------------------------------------------

CREATE TABLE process (
  id            INTEGER PRIMARY KEY,
  node          INTEGER NOT NULL,        -- the part of a row id that tells processes apart
  host          TEXT NOT NULL,
  pid           INTEGER NOT NULL,
  program       TEXT NOT NULL,
  release       TEXT,
  started_at    INTEGER NOT NULL,
  last_write_at INTEGER NOT NULL,
  batch         INTEGER NOT NULL DEFAULT 0, -- number of the last committed batch
  ended_at      INTEGER,
  end_kind      TEXT CHECK (end_kind IN ('clean', 'interrupted')),
  CHECK ((ended_at IS NULL) = (end_kind IS NULL))
) STRICT;

CREATE TABLE component (
  id               INTEGER PRIMARY KEY,
  name             TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 200),
  registered_at    INTEGER NOT NULL,
  epoch            INTEGER NOT NULL DEFAULT 0, -- metrics count from the start of the epoch
  epoch_started_at INTEGER NOT NULL
) STRICT;

-- History: append-only -----------------------------------------------------------------------

CREATE TABLE error (
  id             INTEGER PRIMARY KEY,
  at             INTEGER NOT NULL,
  component_id   INTEGER NOT NULL REFERENCES component (id),
  process_id     INTEGER NOT NULL REFERENCES process (id),
  operation      TEXT NOT NULL,
  execution_id   INTEGER,
  attempt        INTEGER NOT NULL CHECK (attempt >= 1),
  category       INTEGER NOT NULL REFERENCES category (id),
  severity       INTEGER NOT NULL REFERENCES severity (id),
  transient      INTEGER NOT NULL CHECK (transient IN (0, 1)),
  type           TEXT NOT NULL,
  message        TEXT NOT NULL,
  fingerprint    TEXT NOT NULL,
  rule           TEXT NOT NULL,
  retry_after_us INTEGER,
  request_id     TEXT,
  user_id        TEXT,
  metadata       TEXT, -- JSON object
  occurrences    INTEGER NOT NULL DEFAULT 1 CHECK (occurrences >= 1)
) STRICT;

CREATE TABLE health_sample (
  id              INTEGER PRIMARY KEY,
  at              INTEGER NOT NULL,
  component_id    INTEGER NOT NULL REFERENCES component (id),
  process_id      INTEGER NOT NULL REFERENCES process (id),
  epoch           INTEGER NOT NULL,
  successes       INTEGER NOT NULL,
  failures        INTEGER NOT NULL,
  rejected        INTEGER NOT NULL,
  cancelled       INTEGER NOT NULL,
  caller_errors   INTEGER NOT NULL,
  stale           INTEGER NOT NULL,
  duration_sum_us INTEGER NOT NULL,
  duration_max_us INTEGER NOT NULL,
  histogram       TEXT -- JSON array of six counts when the row stands for several calls
) STRICT;

CREATE TABLE health_check (
  id               INTEGER PRIMARY KEY,
  at               INTEGER NOT NULL,
  component_id     INTEGER NOT NULL REFERENCES component (id),
  process_id       INTEGER NOT NULL REFERENCES process (id),
  status           INTEGER NOT NULL REFERENCES health_status (id),
  previous_status  INTEGER REFERENCES health_status (id),
  error_rate       REAL NOT NULL,
  total_requests   INTEGER NOT NULL,
  failed_requests  INTEGER NOT NULL,
  response_time_us INTEGER NOT NULL,
  message          TEXT NOT NULL,
  issues           TEXT NOT NULL -- JSON array
) STRICT;

CREATE TABLE recovery (
  id           INTEGER PRIMARY KEY,
  at           INTEGER NOT NULL,
  component_id INTEGER NOT NULL REFERENCES component (id),
  process_id   INTEGER NOT NULL REFERENCES process (id),
  operation    TEXT NOT NULL,
  execution_id INTEGER,
  error_id     INTEGER, -- no foreign key: under overload errors are merged and ids folded
  action       INTEGER NOT NULL REFERENCES recovery_action (id),
  success      INTEGER NOT NULL CHECK (success IN (0, 1)),
  outcome      TEXT NOT NULL CHECK (outcome IN ('succeeded', 'failed', 'cancelled', 'interrupted')),
  attempts     INTEGER NOT NULL CHECK (attempts >= 0),
  duration_us  INTEGER NOT NULL,
  message      TEXT NOT NULL,
  metadata     TEXT, -- JSON object
  occurrences  INTEGER NOT NULL DEFAULT 1 CHECK (occurrences >= 1),
  CHECK (success = (outcome = 'succeeded'))
) STRICT;

CREATE TABLE breaker_transition (
  id                INTEGER PRIMARY KEY,
  at                INTEGER NOT NULL,
  component_id      INTEGER NOT NULL REFERENCES component (id),
  process_id        INTEGER NOT NULL REFERENCES process (id),
  from_state        INTEGER NOT NULL REFERENCES breaker_state (id),
  to_state          INTEGER NOT NULL REFERENCES breaker_state (id),
  reason            TEXT NOT NULL,
  failure_count     INTEGER NOT NULL,
  consecutive_trips INTEGER NOT NULL,
  open_until_at     INTEGER,
  error_id          INTEGER,
  actor             TEXT,
  note              TEXT
) STRICT;

CREATE TABLE alert (
  id              INTEGER PRIMARY KEY,
  at              INTEGER NOT NULL,
  component_id    INTEGER NOT NULL REFERENCES component (id),
  process_id      INTEGER NOT NULL REFERENCES process (id),
  kind            TEXT NOT NULL CHECK (kind IN ('raised', 'reminder', 'recovered')),
  status          INTEGER NOT NULL REFERENCES health_status (id),
  previous_status INTEGER REFERENCES health_status (id),
  message         TEXT NOT NULL
) STRICT;

-- Where detail was given up so that calls need not wait. Counts stay exact, resolution drops.
CREATE TABLE gap (
  id           INTEGER PRIMARY KEY,
  at           INTEGER NOT NULL,
  component_id INTEGER REFERENCES component (id),
  process_id   INTEGER NOT NULL REFERENCES process (id),
  kind         TEXT NOT NULL,
  events       INTEGER NOT NULL CHECK (events >= 1)
) STRICT;

-- Projections: written in the same transaction as the rows they follow from ------------------

CREATE TABLE breaker (
  component_id        INTEGER PRIMARY KEY REFERENCES component (id),
  version             INTEGER NOT NULL,
  state               INTEGER NOT NULL REFERENCES breaker_state (id),
  failure_count       INTEGER NOT NULL,
  success_count       INTEGER NOT NULL,
  consecutive_trips   INTEGER NOT NULL,
  probe_rounds        INTEGER NOT NULL,
  tripped_at          INTEGER, -- when the circuit left closed
  open_until_at       INTEGER, -- wall-clock deadline of the present wait
  open_for_us         INTEGER, -- length of the present wait, the bound of what is left of it
  trip_error_id       INTEGER,
  last_failure_at     INTEGER,
  override            TEXT CHECK (override IN ('forced_open', 'forced_closed')),
  override_actor      TEXT,
  override_reason     TEXT,
  override_expires_at INTEGER,
  updated_at          INTEGER NOT NULL,
  process_id          INTEGER NOT NULL REFERENCES process (id)
) STRICT;

-- Recoveries under way; what a crash leaves here is found at the next start as interrupted.
CREATE TABLE recovery_in_progress (
  execution_id INTEGER PRIMARY KEY,
  component_id INTEGER NOT NULL REFERENCES component (id),
  process_id   INTEGER NOT NULL REFERENCES process (id),
  operation    TEXT NOT NULL,
  action       INTEGER NOT NULL REFERENCES recovery_action (id),
  error_id     INTEGER,
  started_at   INTEGER NOT NULL
) STRICT;

-- The sliding health window of each component: a ring of 30 slots of 10 seconds.
CREATE TABLE health_window (
  component_id    INTEGER NOT NULL REFERENCES component (id),
  slot            INTEGER NOT NULL CHECK (slot BETWEEN 0 AND 29),
  bucket_at       INTEGER NOT NULL,
  epoch           INTEGER NOT NULL,
  successes       INTEGER NOT NULL,
  failures        INTEGER NOT NULL,
  critical_errors INTEGER NOT NULL,
  duration_sum_us INTEGER NOT NULL,
  PRIMARY KEY (component_id, slot)
) STRICT, WITHOUT ROWID;

-- Roll-ups: resolution in seconds (60, 3600, 86400), 0 for all time with bucket_at 0 ----------

CREATE TABLE recovery_rollup (
  resolution      INTEGER NOT NULL CHECK (resolution IN (0, 60, 3600, 86400)),
  bucket_at       INTEGER NOT NULL,
  component_id    INTEGER NOT NULL REFERENCES component (id),
  action          INTEGER NOT NULL REFERENCES recovery_action (id),
  total           INTEGER NOT NULL,
  successful      INTEGER NOT NULL,
  attempts        INTEGER NOT NULL,
  duration_sum_us INTEGER NOT NULL,
  duration_max_us INTEGER NOT NULL,
  PRIMARY KEY (resolution, bucket_at, component_id, action)
) STRICT, WITHOUT ROWID;

CREATE TABLE sample_rollup (
  resolution      INTEGER NOT NULL CHECK (resolution IN (0, 60, 3600, 86400)),
  bucket_at       INTEGER NOT NULL,
  component_id    INTEGER NOT NULL REFERENCES component (id),
  epoch           INTEGER NOT NULL,
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
  PRIMARY KEY (resolution, bucket_at, component_id, epoch)
) STRICT, WITHOUT ROWID;

-- Retention's one door. History rows can be deleted only while it stands open, inside the
-- transaction that opened it.
CREATE TABLE retention_door (
  id   INTEGER PRIMARY KEY CHECK (id = 1),
  open INTEGER NOT NULL CHECK (open IN (0, 1))
) STRICT;
INSERT INTO retention_door VALUES (1, 0);

CREATE TRIGGER error_no_update BEFORE UPDATE ON error
BEGIN SELECT RAISE(ABORT, 'error is append-only'); END;
CREATE TRIGGER error_no_delete BEFORE DELETE ON error
WHEN (SELECT open FROM retention_door) = 0
BEGIN SELECT RAISE(ABORT, 'error is append-only'); END;
CREATE TRIGGER health_sample_no_update BEFORE UPDATE ON health_sample
BEGIN SELECT RAISE(ABORT, 'health_sample is append-only'); END;
CREATE TRIGGER health_sample_no_delete BEFORE DELETE ON health_sample
WHEN (SELECT open FROM retention_door) = 0
BEGIN SELECT RAISE(ABORT, 'health_sample is append-only'); END;
CREATE TRIGGER health_check_no_update BEFORE UPDATE ON health_check
BEGIN SELECT RAISE(ABORT, 'health_check is append-only'); END;
CREATE TRIGGER health_check_no_delete BEFORE DELETE ON health_check
WHEN (SELECT open FROM retention_door) = 0
BEGIN SELECT RAISE(ABORT, 'health_check is append-only'); END;
CREATE TRIGGER recovery_no_update BEFORE UPDATE ON recovery
BEGIN SELECT RAISE(ABORT, 'recovery is append-only'); END;
CREATE TRIGGER recovery_no_delete BEFORE DELETE ON recovery
WHEN (SELECT open FROM retention_door) = 0
BEGIN SELECT RAISE(ABORT, 'recovery is append-only'); END;
CREATE TRIGGER breaker_transition_no_update BEFORE UPDATE ON breaker_transition
BEGIN SELECT RAISE(ABORT, 'breaker_transition is append-only'); END;
CREATE TRIGGER breaker_transition_no_delete BEFORE DELETE ON breaker_transition
WHEN (SELECT open FROM retention_door) = 0
BEGIN SELECT RAISE(ABORT, 'breaker_transition is append-only'); END;
CREATE TRIGGER alert_no_update BEFORE UPDATE ON alert
BEGIN SELECT RAISE(ABORT, 'alert is append-only'); END;
CREATE TRIGGER alert_no_delete BEFORE DELETE ON alert
WHEN (SELECT open FROM retention_door) = 0
BEGIN SELECT RAISE(ABORT, 'alert is append-only'); END;
CREATE TRIGGER gap_no_update BEFORE UPDATE ON gap
BEGIN SELECT RAISE(ABORT, 'gap is append-only'); END;
CREATE TRIGGER gap_no_delete BEFORE DELETE ON gap
WHEN (SELECT open FROM retention_door) = 0
BEGIN SELECT RAISE(ABORT, 'gap is append-only'); END;

-- Views: the readable, stable face of the ledger ----------------------------------------------

CREATE VIEW v_processes AS
SELECT id, host, pid, program, release,
  strftime('%Y-%m-%dT%H:%M:%S', started_at / 1000000, 'unixepoch') || printf('.%06dZ', started_at % 1000000) AS started,
  strftime('%Y-%m-%dT%H:%M:%S', last_write_at / 1000000, 'unixepoch') || printf('.%06dZ', last_write_at % 1000000) AS last_write,
  strftime('%Y-%m-%dT%H:%M:%S', ended_at / 1000000, 'unixepoch') || printf('.%06dZ', ended_at % 1000000) AS ended,
  end_kind
FROM process;

CREATE VIEW v_errors AS
SELECT e.id,
  strftime('%Y-%m-%dT%H:%M:%S', e.at / 1000000, 'unixepoch') || printf('.%06dZ', e.at % 1000000) AS time,
  c.name AS component, e.operation, e.execution_id, e.attempt, k.name AS category, s.name AS severity,
  e.transient, e.type, e.message, e.fingerprint, e.rule, e.retry_after_us / 1000.0 AS retry_after_ms,
  e.request_id, e.user_id, e.metadata, e.occurrences, e.process_id
FROM error e
JOIN component c ON c.id = e.component_id
JOIN category k ON k.id = e.category
JOIN severity s ON s.id = e.severity;

CREATE VIEW v_samples AS
SELECT h.id,
  strftime('%Y-%m-%dT%H:%M:%S', h.at / 1000000, 'unixepoch') || printf('.%06dZ', h.at % 1000000) AS time,
  c.name AS component, h.epoch, h.successes, h.failures, h.rejected, h.cancelled, h.caller_errors, h.stale,
  h.duration_sum_us / 1000.0 AS duration_sum_ms, h.duration_max_us / 1000.0 AS duration_max_ms,
  h.histogram, h.process_id
FROM health_sample h
JOIN component c ON c.id = h.component_id;

CREATE VIEW v_checks AS
SELECT h.id,
  strftime('%Y-%m-%dT%H:%M:%S', h.at / 1000000, 'unixepoch') || printf('.%06dZ', h.at % 1000000) AS time,
  c.name AS component, s.name AS status, p.name AS previous_status, h.error_rate, h.total_requests,
  h.failed_requests, h.response_time_us / 1000.0 AS response_time_ms, h.message, h.issues, h.process_id
FROM health_check h
JOIN component c ON c.id = h.component_id
JOIN health_status s ON s.id = h.status
LEFT JOIN health_status p ON p.id = h.previous_status;

CREATE VIEW v_recoveries AS
SELECT r.id,
  strftime('%Y-%m-%dT%H:%M:%S', r.at / 1000000, 'unixepoch') || printf('.%06dZ', r.at % 1000000) AS time,
  c.name AS component, r.operation, r.execution_id, r.error_id, a.name AS action, r.success, r.outcome,
  r.attempts, r.duration_us / 1000.0 AS duration_ms, r.message, r.metadata, r.occurrences, r.process_id
FROM recovery r
JOIN component c ON c.id = r.component_id
JOIN recovery_action a ON a.id = r.action;

CREATE VIEW v_transitions AS
SELECT t.id,
  strftime('%Y-%m-%dT%H:%M:%S', t.at / 1000000, 'unixepoch') || printf('.%06dZ', t.at % 1000000) AS time,
  c.name AS component, f.name AS from_state, s.name AS to_state, t.reason, t.failure_count,
  t.consecutive_trips,
  strftime('%Y-%m-%dT%H:%M:%S', t.open_until_at / 1000000, 'unixepoch') || printf('.%06dZ', t.open_until_at % 1000000) AS open_until,
  t.error_id, t.actor, t.note, t.process_id
FROM breaker_transition t
JOIN component c ON c.id = t.component_id
JOIN breaker_state f ON f.id = t.from_state
JOIN breaker_state s ON s.id = t.to_state;

CREATE VIEW v_breakers AS
SELECT c.name AS component, s.name AS state, b.failure_count, b.success_count, b.consecutive_trips,
  b.probe_rounds,
  strftime('%Y-%m-%dT%H:%M:%S', b.tripped_at / 1000000, 'unixepoch') || printf('.%06dZ', b.tripped_at % 1000000) AS tripped,
  strftime('%Y-%m-%dT%H:%M:%S', b.open_until_at / 1000000, 'unixepoch') || printf('.%06dZ', b.open_until_at % 1000000) AS open_until,
  b.trip_error_id,
  strftime('%Y-%m-%dT%H:%M:%S', b.last_failure_at / 1000000, 'unixepoch') || printf('.%06dZ', b.last_failure_at % 1000000) AS last_failure,
  b.override, b.override_actor, b.override_reason,
  strftime('%Y-%m-%dT%H:%M:%S', b.override_expires_at / 1000000, 'unixepoch') || printf('.%06dZ', b.override_expires_at % 1000000) AS override_expires,
  b.version
FROM breaker b
JOIN component c ON c.id = b.component_id
JOIN breaker_state s ON s.id = b.state;

CREATE VIEW v_alerts AS
SELECT a.id,
  strftime('%Y-%m-%dT%H:%M:%S', a.at / 1000000, 'unixepoch') || printf('.%06dZ', a.at % 1000000) AS time,
  c.name AS component, a.kind, s.name AS status, p.name AS previous_status, a.message, a.process_id
FROM alert a
JOIN component c ON c.id = a.component_id
JOIN health_status s ON s.id = a.status
LEFT JOIN health_status p ON p.id = a.previous_status;

CREATE VIEW v_gaps AS
SELECT g.id,
  strftime('%Y-%m-%dT%H:%M:%S', g.at / 1000000, 'unixepoch') || printf('.%06dZ', g.at % 1000000) AS time,
  c.name AS component, g.kind, g.events, g.process_id
FROM gap g
LEFT JOIN component c ON c.id = g.component_id;
