-- Overrides of circuits without an end that have been in force for a day or longer: one row a component. :until is microseconds UTC or
-- NULL for the last write: overrides that are in force now and were a day old by then. :since counts only where nothing was written.
-- :component is a name or NULL for all. at is when the override was given; without its row of history, the circuit's last change.
WITH
  instant (at) AS (
    SELECT coalesce(CAST(:until AS BIGINT), (SELECT max(p.last_write_at) FROM process p), CAST(:since AS BIGINT), 0)),
  given AS (
    SELECT b.component_id, b.override, b.override_actor, coalesce((
      SELECT t.at FROM breaker_transition t
      WHERE t.component_id = b.component_id AND t.reason = b.override ORDER BY t.id DESC LIMIT 1), b.updated_at) AS at
    FROM breaker b
    WHERE b.override IS NOT NULL AND b.override_expires_at IS NULL)
SELECT c.name AS component, g.override, g.override_actor AS actor, g.at
FROM instant i CROSS JOIN given g JOIN component c ON c.id = g.component_id
WHERE g.at <= i.at - 86400000000 AND (CAST(:component AS TEXT) IS NULL OR c.name = CAST(:component AS TEXT))
ORDER BY g.at, c.name;
