-- The last :limit recoveries, newest last. :component is a name or NULL for all; :since and :until are
-- microseconds UTC or NULL. Rows are ordered by id, which sorts by the time it was given out.
SELECT id, at, component, operation, execution_id, error_id, action, success, outcome, attempts,
  duration_ms, message, metadata, occurrences
FROM (
  SELECT r.id, r.at, c.name AS component, r.operation, r.execution_id, r.error_id, a.name AS action,
    r.success, r.outcome, r.attempts, r.duration_us / 1000.0 AS duration_ms, r.message, r.metadata, r.occurrences
  FROM recovery r
  JOIN component c ON c.id = r.component_id
  JOIN recovery_action a ON a.id = r.action
  WHERE (:component IS NULL OR r.component_id = (SELECT id FROM component WHERE name = :component))
    AND (:since IS NULL OR r.at >= :since)
    AND (:until IS NULL OR r.at < :until)
  ORDER BY r.id DESC
  LIMIT coalesce(:limit, 10)) AS newest
ORDER BY id;
