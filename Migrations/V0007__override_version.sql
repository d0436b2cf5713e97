-- State and override of a breaker each have a version of their own, so that of two processes neither undoes what the
-- other has done: the id of the row of breaker_transition that it follows from, 0 before the first. The higher is the
-- later.

ALTER TABLE breaker ADD COLUMN state_version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE breaker ADD COLUMN override_version INTEGER NOT NULL DEFAULT 0;
-- How long the override was to hold when it was forced, the bound of what is left of it.
ALTER TABLE breaker ADD COLUMN override_for_us INTEGER;
-- The last position of the feed when state or override last changed, so that other processes find what is new to them.
-- NULL: written by a program from before this step.
ALTER TABLE breaker ADD COLUMN moved_position INTEGER;
UPDATE breaker SET moved_position = 0;
CREATE INDEX breaker_moved ON breaker (moved_position);

-- Programs from before this step know of no versions. What they do to a state or an override is a later version of it, with
-- the node of that process; but their trips and probes leave an override as it is.
CREATE TRIGGER breaker_added_without_version AFTER INSERT ON breaker
WHEN new.moved_position IS NULL
BEGIN
  UPDATE breaker SET
    state_version = (new.state <> 0) * ((1 << 22) | (coalesce((SELECT node FROM process WHERE id = new.process_id), 0) << 10)),
    override_version = (new.override IS NOT NULL)
      * ((1 << 22) | (coalesce((SELECT node FROM process WHERE id = new.process_id), 0) << 10)),
    moved_position = (SELECT coalesce(max(position), 0) FROM feed)
  WHERE component_id = new.component_id;
END;
CREATE TRIGGER breaker_changed_without_version AFTER UPDATE OF state, override, override_expires_at ON breaker
WHEN new.state_version = old.state_version AND new.override_version = old.override_version
  AND (new.state <> old.state OR new.override IS NOT old.override
    OR new.override_expires_at IS NOT old.override_expires_at)
BEGIN
  UPDATE breaker SET override = old.override, override_actor = old.override_actor,
    override_reason = old.override_reason, override_expires_at = old.override_expires_at
  WHERE component_id = new.component_id AND new.override IS NULL AND new.state <> old.state AND new.state <> 0;
  UPDATE breaker SET
    state_version = (((state_version >> 22) + 1) << 22) | (coalesce((SELECT node FROM process WHERE id = new.process_id), 0) << 10)
  WHERE component_id = new.component_id AND state <> old.state;
  UPDATE breaker SET override_for_us = NULL,
    override_version =
      (((override_version >> 22) + 1) << 22) | (coalesce((SELECT node FROM process WHERE id = new.process_id), 0) << 10)
  WHERE component_id = new.component_id
    AND (override IS NOT old.override OR override_expires_at IS NOT old.override_expires_at);
  UPDATE breaker SET moved_position = (SELECT coalesce(max(position), 0) FROM feed)
  WHERE component_id = new.component_id;
END;

-- A component's last alert is the one that was committed last, whatever the clocks said.
CREATE INDEX feed_alert ON feed (id) WHERE kind = 4;
