-- Requests and users that met a failed attempt or a rejected call in a range: one row. :since and :until are microseconds UTC or NULL.
-- :component is a name or NULL for all. Only rows that name a request or a user count, so a program that names none has zeros; under
-- load rejected calls have no rows of their own, so the counts are then too low.
-- unanswered counts those with a failed or rejected call without a recovery that succeeded for the same request and component.
-- Rows of history are found by the ids of the range and of an hour before and after it.
WITH
  edge (lo, hi, lo_id, hi_id) AS (
    SELECT coalesce(CAST(:since AS BIGINT), 0), coalesce(CAST(:until AS BIGINT), 4102444800000000),
      CASE WHEN coalesce(CAST(:since AS BIGINT), 0) <= 1735693200000000 THEN 0
        ELSE (CAST(:since AS BIGINT) / 1000 - 1735693200000) * 4194304 END,
      CASE WHEN CAST(:until AS BIGINT) IS NULL THEN 9223372036854775807
        WHEN CAST(:until AS BIGINT) <= 1735689600000000 THEN 4194304
        ELSE (CAST(:until AS BIGINT) / 1000 - 1735686000000) * 4194304 END),
  met (component_id, request_id, user_id) AS (
    SELECT e.component_id, e.request_id, e.user_id FROM edge CROSS JOIN error e
    WHERE e.id >= edge.lo_id AND e.id < edge.hi_id AND e.at >= edge.lo AND e.at < edge.hi
      AND (e.request_id IS NOT NULL OR e.user_id IS NOT NULL)
    UNION
    SELECT j.component_id, j.request_id, j.user_id FROM edge CROSS JOIN rejected_call j
    WHERE j.id >= edge.lo_id AND j.id < edge.hi_id AND j.at >= edge.lo AND j.at < edge.hi
      AND (j.request_id IS NOT NULL OR j.user_id IS NOT NULL)),
  judged AS (
    SELECT m.request_id, m.user_id,
      CASE WHEN m.request_id IS NULL THEN 0
        WHEN EXISTS (
          SELECT 1 FROM recovery r
          WHERE r.request_id = m.request_id AND r.component_id = m.component_id AND r.success = 1) THEN 0
        ELSE 1 END AS unanswered
    FROM met m JOIN component c ON c.id = m.component_id
    WHERE CASE WHEN CAST(:component AS TEXT) IS NULL THEN substr(c.name, 1, 6) <> 'alert.'
      ELSE c.name = CAST(:component AS TEXT) END)
SELECT
  count(DISTINCT request_id) AS requests, count(DISTINCT CASE WHEN unanswered = 1 THEN request_id END) AS unanswered_requests,
  count(DISTINCT user_id) AS users, count(DISTINCT CASE WHEN unanswered = 1 THEN user_id END) AS unanswered_users
FROM judged;
