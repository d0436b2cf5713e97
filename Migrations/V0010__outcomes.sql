-- What an outage did to callers: why calls were rejected and whom that hit, how each troubled execution ended, and the
-- policies in force. Tables of the steps before gain only columns that a program of an earlier step leaves out.

CREATE TABLE rejection_reason (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
-- circuit: open. bulkhead: full. inner: a component that the operation calls rejected it. reported: the client that
-- reported the call rejected it.
INSERT INTO rejection_reason VALUES (0,'circuit'),(1,'bulkhead'),(2,'inner'),(3,'reported');

-- NULL in rows of an earlier release, which knows no reasons. `rejected` is the sum over all reasons.
ALTER TABLE health_sample ADD COLUMN rejected_circuit INTEGER;
ALTER TABLE health_sample ADD COLUMN rejected_bulkhead INTEGER;

-- The error of an inner component of the same engine that this row refers to: the fault is counted there.
ALTER TABLE error ADD COLUMN cause_id INTEGER;

ALTER TABLE recovery ADD COLUMN request_id TEXT;
ALTER TABLE recovery ADD COLUMN user_id TEXT;
-- Why a recovery that did not succeed ended: attempts, circuit, budget, deadline, not_transient, wait_too_long, cancelled.
ALTER TABLE recovery ADD COLUMN gave_up TEXT;
ALTER TABLE recovery_in_progress ADD COLUMN request_id TEXT;
ALTER TABLE recovery_in_progress ADD COLUMN user_id TEXT;

-- History: rejected calls, each a row up to a rate. All of them are counted in rejection_rollup.
CREATE TABLE rejected_call (
  id           INTEGER PRIMARY KEY,
  at           INTEGER NOT NULL,
  component_id INTEGER NOT NULL REFERENCES component (id),
  process_id   INTEGER NOT NULL REFERENCES process (id),
  operation    TEXT NOT NULL,
  reason       INTEGER NOT NULL REFERENCES rejection_reason (id),
  execution_id INTEGER,
  error_id     INTEGER, -- that opened the circuit
  request_id   TEXT,
  user_id      TEXT
) STRICT;
CREATE INDEX rejected_call_by_component ON rejected_call (component_id);
CREATE TRIGGER rejected_call_no_update BEFORE UPDATE ON rejected_call
BEGIN SELECT RAISE(ABORT, 'rejected_call is append-only'); END;
CREATE TRIGGER rejected_call_no_delete BEFORE DELETE ON rejected_call
WHEN (SELECT open FROM retention_door) = 0
BEGIN SELECT RAISE(ABORT, 'rejected_call is append-only'); END;

-- Rejected calls by operation and reason. Of a component with very many operations, the later ones are 'merged'.
CREATE TABLE rejection_rollup (
  resolution   INTEGER NOT NULL CHECK (resolution IN (0, 60, 3600, 86400)),
  bucket_at    INTEGER NOT NULL,
  component_id INTEGER NOT NULL REFERENCES component (id),
  epoch        INTEGER NOT NULL,
  operation    TEXT NOT NULL,
  reason       INTEGER NOT NULL, -- of rejection_reason
  calls        INTEGER NOT NULL,
  PRIMARY KEY (resolution, bucket_at, component_id, epoch, operation, reason)
) STRICT, WITHOUT ROWID;

-- How executions ended. executions = attempts - extra_attempts; those that were rejected are none of them.
CREATE TABLE outcome_rollup (
  resolution     INTEGER NOT NULL CHECK (resolution IN (0, 60, 3600, 86400)),
  bucket_at      INTEGER NOT NULL,
  component_id   INTEGER NOT NULL REFERENCES component (id),
  attempts       INTEGER NOT NULL, -- answered or failed by the dependency
  extra_attempts INTEGER NOT NULL, -- those among them of executions that were counted before
  rejected       INTEGER NOT NULL, -- executions whose first attempt was not made
  saved          INTEGER NOT NULL, -- a retry or strategy succeeded
  degraded       INTEGER NOT NULL, -- a fallback answered
  undone         INTEGER NOT NULL, -- failed, and was rolled back
  lost           INTEGER NOT NULL, -- nothing answered
  interrupted    INTEGER NOT NULL, -- the caller or the process ended before the recovery did
  PRIMARY KEY (resolution, bucket_at, component_id)
) STRICT, WITHOUT ROWID;

-- What stands beside the attempts of the sliding health window; slots as in health_window.
CREATE TABLE health_window_detail (
  component_id      INTEGER NOT NULL REFERENCES component (id),
  slot              INTEGER NOT NULL CHECK (slot BETWEEN 0 AND 29),
  bucket_at         INTEGER NOT NULL,
  epoch             INTEGER NOT NULL,
  rejected_circuit  INTEGER NOT NULL,
  rejected_bulkhead INTEGER NOT NULL,
  rejected_other    INTEGER NOT NULL,
  cancelled         INTEGER NOT NULL,
  caller_errors     INTEGER NOT NULL,
  failures_in_row   INTEGER NOT NULL, -- after the last success of the bucket
  PRIMARY KEY (component_id, slot)
) STRICT, WITHOUT ROWID;
CREATE INDEX health_window_detail_by_time ON health_window_detail (bucket_at);

-- The policies that components had. A text is stored once.
CREATE TABLE policy (
  hash TEXT PRIMARY KEY, -- of the JSON
  json TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- History: which policy a component has in a process from when on. Ids rise in the order of commits.
CREATE TABLE policy_change (
  id           INTEGER PRIMARY KEY,
  at           INTEGER NOT NULL,
  component_id INTEGER NOT NULL REFERENCES component (id),
  process_id   INTEGER NOT NULL REFERENCES process (id),
  hash         TEXT NOT NULL REFERENCES policy (hash),
  source       TEXT NOT NULL -- default: the engine's; explicit: given in code; registered: by a client; forgotten: none
) STRICT;
CREATE INDEX policy_change_by_component ON policy_change (component_id, source);
CREATE TRIGGER policy_no_update BEFORE UPDATE ON policy
BEGIN SELECT RAISE(ABORT, 'policy is append-only'); END;
CREATE TRIGGER policy_no_delete BEFORE DELETE ON policy
WHEN (SELECT open FROM retention_door) = 0
BEGIN SELECT RAISE(ABORT, 'policy is append-only'); END;
CREATE TRIGGER policy_change_no_update BEFORE UPDATE ON policy_change
BEGIN SELECT RAISE(ABORT, 'policy_change is append-only'); END;
CREATE TRIGGER policy_change_no_delete BEFORE DELETE ON policy_change
WHEN (SELECT open FROM retention_door) = 0
BEGIN SELECT RAISE(ABORT, 'policy_change is append-only'); END;

DROP VIEW v_errors;
CREATE VIEW v_errors AS
SELECT e.id,
  strftime('%Y-%m-%dT%H:%M:%S', e.at / 1000000, 'unixepoch') || printf('.%06dZ', e.at % 1000000) AS time,
  c.name AS component, e.operation, e.execution_id, e.attempt, k.name AS category, s.name AS severity,
  e.transient, e.type, e.message, e.fingerprint, e.rule, e.retry_after_us / 1000.0 AS retry_after_ms,
  e.request_id, e.user_id, e.metadata, e.occurrences, e.process_id, e.cause_id
FROM error e
JOIN component c ON c.id = e.component_id
JOIN category k ON k.id = e.category
JOIN severity s ON s.id = e.severity;

DROP VIEW v_samples;
CREATE VIEW v_samples AS
SELECT h.id,
  strftime('%Y-%m-%dT%H:%M:%S', h.at / 1000000, 'unixepoch') || printf('.%06dZ', h.at % 1000000) AS time,
  c.name AS component, h.epoch, h.successes, h.failures, h.rejected, h.cancelled, h.caller_errors, h.stale,
  h.duration_sum_us / 1000.0 AS duration_sum_ms, h.duration_max_us / 1000.0 AS duration_max_ms,
  h.histogram, h.process_id, h.rejected_circuit, h.rejected_bulkhead
FROM health_sample h
JOIN component c ON c.id = h.component_id;

DROP VIEW v_recoveries;
CREATE VIEW v_recoveries AS
SELECT r.id,
  strftime('%Y-%m-%dT%H:%M:%S', r.at / 1000000, 'unixepoch') || printf('.%06dZ', r.at % 1000000) AS time,
  c.name AS component, r.operation, r.execution_id, r.error_id, a.name AS action, r.success, r.outcome,
  r.attempts, r.duration_us / 1000.0 AS duration_ms, r.message, r.metadata, r.occurrences, r.process_id,
  r.request_id, r.user_id, r.gave_up
FROM recovery r
JOIN component c ON c.id = r.component_id
JOIN recovery_action a ON a.id = r.action;

CREATE VIEW v_rejected_calls AS
SELECT r.id,
  strftime('%Y-%m-%dT%H:%M:%S', r.at / 1000000, 'unixepoch') || printf('.%06dZ', r.at % 1000000) AS time,
  c.name AS component, r.operation, x.name AS reason, r.execution_id, r.error_id, r.request_id, r.user_id,
  r.process_id
FROM rejected_call r
JOIN component c ON c.id = r.component_id
JOIN rejection_reason x ON x.id = r.reason;

CREATE VIEW v_rejections AS
SELECT strftime('%Y-%m-%dT%H:%M:00Z', r.bucket_at / 1000000, 'unixepoch') AS minute,
  c.name AS component, r.operation, x.name AS reason, r.calls, r.epoch
FROM rejection_rollup r
JOIN component c ON c.id = r.component_id
JOIN rejection_reason x ON x.id = r.reason
WHERE r.resolution = 60;

CREATE VIEW v_outcomes AS
SELECT strftime('%Y-%m-%dT%H:%M:00Z', o.bucket_at / 1000000, 'unixepoch') AS minute,
  c.name AS component, o.attempts, o.extra_attempts, max(0, o.attempts - o.extra_attempts) AS executions, o.rejected,
  o.saved, o.degraded, o.undone, o.lost, o.interrupted
FROM outcome_rollup o
JOIN component c ON c.id = o.component_id
WHERE o.resolution = 60;

CREATE VIEW v_policies AS
SELECT x.id,
  strftime('%Y-%m-%dT%H:%M:%S', x.at / 1000000, 'unixepoch') || printf('.%06dZ', x.at % 1000000) AS time,
  c.name AS component, x.source, x.hash, p.json, x.process_id
FROM policy_change x
JOIN component c ON c.id = x.component_id
JOIN policy p ON p.hash = x.hash;
