-- Components without calls in a range: one row a component that the ledger knows. :since and :until are microseconds UTC or NULL; a
-- range is widened to whole hours. :component is a name or NULL for all; alerts are left out. Rejected calls are calls.
-- last_at is the day before the range's end in which it last had a call, NULL when sums have none.
WITH
  edge (lo, hi) AS (
    SELECT coalesce(CAST(:since AS BIGINT), 0) - coalesce(CAST(:since AS BIGINT), 0) % 3600000000,
      coalesce(CAST(:until AS BIGINT), 4102444800000000) + 3599999999
        - (coalesce(CAST(:until AS BIGINT), 4102444800000000) + 3599999999) % 3600000000),
  called AS MATERIALIZED (
    SELECT DISTINCT r.component_id FROM edge CROSS JOIN sample_rollup r
    WHERE r.resolution = 3600 AND r.bucket_at >= edge.lo AND r.bucket_at < edge.hi
      AND (r.successes > 0 OR r.failures > 0 OR r.rejected > 0)),
  last AS MATERIALIZED (
    SELECT r.component_id, max(r.bucket_at) AS at FROM edge CROSS JOIN sample_rollup r
    WHERE r.resolution = 86400 AND r.bucket_at < edge.hi AND (r.successes > 0 OR r.failures > 0 OR r.rejected > 0)
    GROUP BY r.component_id)
SELECT c.name AS component, c.registered_at, l.at AS last_at
FROM edge CROSS JOIN component c LEFT JOIN called d ON d.component_id = c.id LEFT JOIN last l ON l.component_id = c.id
WHERE d.component_id IS NULL AND c.registered_at < edge.hi AND substr(c.name, 1, 6) <> 'alert.'
  AND NOT EXISTS (SELECT 1 FROM forgotten_component f WHERE f.component_id = c.id)
  AND (CAST(:component AS TEXT) IS NULL OR c.name = CAST(:component AS TEXT))
ORDER BY c.name;
