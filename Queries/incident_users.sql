-- Users with a failed attempt or a rejected call in a range, those with the most such requests first: one row a user. :since and
-- :until are microseconds UTC or NULL. :component is a name or NULL for all; :limit is NULL for 100.
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
    WHERE e.id >= edge.lo_id AND e.id < edge.hi_id AND e.at >= edge.lo AND e.at < edge.hi AND e.user_id IS NOT NULL
    UNION
    SELECT j.component_id, j.request_id, j.user_id FROM edge CROSS JOIN rejected_call j
    WHERE j.id >= edge.lo_id AND j.id < edge.hi_id AND j.at >= edge.lo AND j.at < edge.hi AND j.user_id IS NOT NULL)
SELECT m.user_id, count(DISTINCT m.request_id) AS requests
FROM met m JOIN component c ON c.id = m.component_id
WHERE CASE WHEN CAST(:component AS TEXT) IS NULL THEN substr(c.name, 1, 6) <> 'alert.'
  ELSE c.name = CAST(:component AS TEXT) END
GROUP BY m.user_id
ORDER BY requests DESC, m.user_id
LIMIT coalesce(CAST(:limit AS BIGINT), 100);
