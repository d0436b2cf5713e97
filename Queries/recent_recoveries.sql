-- The last :limit recoveries, newest last. :component is a name or NULL for all; :since and :until are
-- microseconds UTC or NULL. Rows are ordered by id, which has the time at which it was given out. A range is found by the ids of
-- its time and of an hour before and after it. Ids that ran ahead of a wrong clock, which the newest row or the first one after the
-- range shows, have no upper bound.
-- All components and one of them are two reads, so that the latter can use the index; the other one reads nothing.
WITH
  bound (lo, hi) AS (
    SELECT
      coalesce(min(max(:since / 1000 - 1735693200000, 0), 2199023255551) << 22, -9223372036854775807),
      coalesce((min(max(:until / 1000 - 1735686000000, -1), 2199023255550) + 1 << 22) - 1, 9223372036854775807)),
  ids (lo, hi) AS (
    SELECT lo, iif(
      (SELECT r.at FROM recovery r WHERE r.id > (SELECT hi FROM bound) ORDER BY r.id LIMIT 1) < :until
        OR (SELECT r.at FROM recovery r WHERE r.id > (SELECT hi FROM bound) ORDER BY r.id DESC LIMIT 1) < :until,
      9223372036854775807, hi)
    FROM bound),
  newest_of_all AS (
    SELECT r.id FROM recovery r
    WHERE :component IS NULL AND r.id >= (SELECT lo FROM ids) AND r.id <= (SELECT hi FROM ids)
      AND (:since IS NULL OR r.at >= :since) AND (:until IS NULL OR r.at < :until)
    ORDER BY r.id DESC LIMIT coalesce(:limit, 10)),
  newest_of_one AS (
    SELECT r.id FROM recovery r
    WHERE r.component_id = (SELECT id FROM component WHERE name = :component)
      AND r.id >= (SELECT lo FROM ids) AND r.id <= (SELECT hi FROM ids)
      AND (:since IS NULL OR r.at >= :since) AND (:until IS NULL OR r.at < :until)
    ORDER BY r.id DESC LIMIT coalesce(:limit, 10))
SELECT r.id, r.at, c.name AS component, r.operation, r.execution_id, r.error_id, a.name AS action,
  r.success, r.outcome, r.attempts, r.duration_us / 1000.0 AS duration_ms, r.message, r.metadata, r.occurrences,
  r.request_id, r.user_id, r.gave_up, r.parent_execution_id
FROM (SELECT id FROM newest_of_all UNION ALL SELECT id FROM newest_of_one) AS newest
CROSS JOIN recovery r ON r.id = newest.id
JOIN component c ON c.id = r.component_id
JOIN recovery_action a ON a.id = r.action
ORDER BY r.id;
