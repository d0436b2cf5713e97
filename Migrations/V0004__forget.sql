-- Components that are no longer used can be forgotten: they leave the list of components, and a later call under the name
-- begins afresh. Rows of history and roll-ups stay, and so does the row in `component`, which they refer to.

CREATE TABLE forgotten_component (
  component_id INTEGER PRIMARY KEY REFERENCES component (id),
  forgotten_at INTEGER NOT NULL
) STRICT;

-- History: who forgot a component, and when it was made known again. Ids rise in the order of commits: other processes
-- follow by them.
CREATE TABLE component_change (
  id           INTEGER PRIMARY KEY,
  at           INTEGER NOT NULL,
  component_id INTEGER NOT NULL REFERENCES component (id),
  process_id   INTEGER NOT NULL REFERENCES process (id),
  kind         TEXT NOT NULL CHECK (kind IN ('forgotten', 'known_again')),
  actor        TEXT,
  forgetting   INTEGER -- tells who has forgotten it that this is what it did
) STRICT;

CREATE TRIGGER component_change_no_update BEFORE UPDATE ON component_change
BEGIN SELECT RAISE(ABORT, 'component_change is append-only'); END;
CREATE TRIGGER component_change_no_delete BEFORE DELETE ON component_change
WHEN (SELECT open FROM retention_door) = 0
BEGIN SELECT RAISE(ABORT, 'component_change is append-only'); END;

CREATE VIEW v_component_changes AS
SELECT x.id,
  strftime('%Y-%m-%dT%H:%M:%S', x.at / 1000000, 'unixepoch') || printf('.%06dZ', x.at % 1000000) AS time,
  c.name AS component, x.kind, x.actor, x.process_id
FROM component_change x
JOIN component c ON c.id = x.component_id;

-- Windows are read by time: buckets that are older than any window reaches are not looked at.
CREATE INDEX health_window_by_time ON health_window (bucket_at);
