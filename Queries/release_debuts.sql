-- How releases began: one row a component and release that made its first call of the range after the range's first hour, with its attempts
-- in that hour and the next one. :since and :until are microseconds UTC or NULL; a range is widened to whole hours. :component is a name
-- or NULL for all. A release is '' for programs without a label.
WITH
  edge (lo, hi) AS (
    SELECT coalesce(CAST(:since AS BIGINT), 0) - coalesce(CAST(:since AS BIGINT), 0) % 3600000000,
      coalesce(CAST(:until AS BIGINT), 4102444800000000) + 3599999999
        - (coalesce(CAST(:until AS BIGINT), 4102444800000000) + 3599999999) % 3600000000),
  debut AS MATERIALIZED (
    SELECT r.component_id, r.release, min(r.bucket_at) AS at
    FROM edge CROSS JOIN release_rollup r
    WHERE r.resolution = 3600 AND r.bucket_at >= edge.lo AND r.bucket_at < edge.hi AND (r.successes > 0 OR r.failures > 0)
    GROUP BY r.component_id, r.release)
SELECT c.name AS component, d.release, d.at,
  CAST(sum(CASE WHEN h.successes BETWEEN 0 AND 400000000000000 THEN h.successes ELSE 0 END)
    + sum(CASE WHEN h.failures BETWEEN 0 AND 400000000000000 THEN h.failures ELSE 0 END) AS BIGINT) AS attempts,
  CAST(sum(CASE WHEN h.failures BETWEEN 0 AND 400000000000000 THEN h.failures ELSE 0 END) AS BIGINT) AS failures
FROM edge CROSS JOIN debut d
JOIN component c ON c.id = d.component_id
JOIN release_rollup h ON h.resolution = 3600 AND h.bucket_at >= d.at AND h.bucket_at <= d.at + 3600000000
  AND h.component_id = d.component_id AND h.release = d.release
WHERE d.at > edge.lo AND (CAST(:component AS TEXT) IS NULL OR c.name = CAST(:component AS TEXT))
GROUP BY c.name, d.release, d.at
ORDER BY c.name, d.at, d.release;
