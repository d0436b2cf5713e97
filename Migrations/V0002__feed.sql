-- The feed: events in the order in which they were committed. The ids of history sort by the time they were given
-- out, and a row is committed some time later, whichever process it comes from; so whoever follows the ledger cannot
-- go by id without missing rows or waiting. A position is given inside the transaction, under the write lock: what
-- has a higher one was committed later or together. Rows from before this step are not in it. Retention deletes from
-- it together with history, but never the last row: the next position is one more.

CREATE TABLE feed (
  position INTEGER PRIMARY KEY,
  kind     INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 4), -- error, recovery, breaker_transition, health_check, alert
  id       INTEGER NOT NULL                               -- of the row in that table
) STRICT;

CREATE TRIGGER feed_no_update BEFORE UPDATE ON feed
BEGIN SELECT RAISE(ABORT, 'feed is append-only'); END;
CREATE TRIGGER feed_no_delete BEFORE DELETE ON feed
WHEN (SELECT open FROM retention_door) = 0
BEGIN SELECT RAISE(ABORT, 'feed is append-only'); END;

CREATE VIEW v_feed AS
SELECT position,
  CASE kind WHEN 0 THEN 'error' WHEN 1 THEN 'recovery' WHEN 2 THEN 'transition' WHEN 3 THEN 'check' ELSE 'alert' END AS kind,
  id
FROM feed;
