-- The last :limit recoveries, newest last. :component is a name or NULL for all; :since and :until are
-- microseconds UTC or NULL. Rows are ordered by id, which sorts by the time it was given out.
-- All components and one of them are two reads, so that the latter can go by the index; the other one reads nothing.
WITH
  newest_of_all AS (
    SELECT r.id FROM recovery r
    WHERE :component IS NULL AND (:since IS NULL OR r.at >= :since) AND (:until IS NULL OR r.at < :until)
    ORDER BY r.id DESC LIMIT coalesce(:limit, 10)),
  newest_of_one AS (
    SELECT r.id FROM recovery r
    WHERE r.component_id = (SELECT id FROM component WHERE name = :component)
      AND (:since IS NULL OR r.at >= :since) AND (:until IS NULL OR r.at < :until)
    ORDER BY r.id DESC LIMIT coalesce(:limit, 10))
SELECT r.id, r.at, c.name AS component, r.operation, r.execution_id, r.error_id, a.name AS action,
  r.success, r.outcome, r.attempts, r.duration_us / 1000.0 AS duration_ms, r.message, r.metadata, r.occurrences,
  r.request_id, r.user_id, r.gave_up
FROM (SELECT id FROM newest_of_all UNION ALL SELECT id FROM newest_of_one) AS newest
CROSS JOIN recovery r ON r.id = newest.id
JOIN component c ON c.id = r.component_id
JOIN recovery_action a ON a.id = r.action
ORDER BY r.id;
