-- Calls by component and release, in a range widened to whole hours: one row a component and release. :since and :until are
-- microseconds UTC or NULL, :component is a name or NULL for all. first_at is the first run of the release, of any component.
-- Both releases of a rolling deploy serve in the same hours. Counts begin with the first program that knows migration 16.
WITH
  edge (lo, hi) AS (
    SELECT coalesce(CAST(:since AS BIGINT), 0) - coalesce(CAST(:since AS BIGINT), 0) % 3600000000,
      coalesce(CAST(:until AS BIGINT), 4102444800000000) + 3599999999
        - (coalesce(CAST(:until AS BIGINT), 4102444800000000) + 3599999999) % 3600000000),
  debut AS (
    SELECT coalesce(p.release, '') AS release, min(p.started_at) AS at FROM process p GROUP BY coalesce(p.release, '')),
  summed AS (
    SELECT r.component_id, r.release,
      sum(CASE WHEN r.successes BETWEEN 0 AND 400000000000000 THEN r.successes ELSE 0 END) AS successes,
      sum(CASE WHEN r.failures BETWEEN 0 AND 400000000000000 THEN r.failures ELSE 0 END) AS failures,
      sum(CASE WHEN r.rejected BETWEEN 0 AND 400000000000000 THEN r.rejected ELSE 0 END) AS rejected,
      sum(CASE WHEN r.duration_sum_us BETWEEN 0 AND 400000000000000 THEN r.duration_sum_us ELSE 0 END) AS duration_us,
      max(r.duration_max_us) AS longest_us, min(r.bucket_at) AS from_at, max(r.bucket_at) AS to_at
    FROM edge CROSS JOIN release_rollup r
    WHERE r.resolution = 3600 AND r.bucket_at >= edge.lo AND r.bucket_at < edge.hi
    GROUP BY r.component_id, r.release)
SELECT
  c.name AS component, s.release, d.at AS first_at, s.from_at, s.to_at + 3600000000 AS to_at,
  CAST(s.successes + s.failures AS BIGINT) AS attempts, CAST(s.failures AS BIGINT) AS failures,
  CAST(s.rejected AS BIGINT) AS rejected,
  CASE WHEN s.successes + s.failures > 0
    THEN CAST(s.failures AS DOUBLE PRECISION) / CAST(s.successes + s.failures AS DOUBLE PRECISION) END AS error_rate,
  CASE WHEN s.successes + s.failures > 0
    THEN CAST(s.duration_us AS DOUBLE PRECISION) / 1000.0 / CAST(s.successes + s.failures AS DOUBLE PRECISION) END AS avg_duration_ms,
  CAST(s.longest_us AS DOUBLE PRECISION) / 1000.0 AS max_duration_ms
FROM summed s
JOIN component c ON c.id = s.component_id
LEFT JOIN debut d ON d.release = s.release
WHERE CAST(:component AS TEXT) IS NULL OR c.name = CAST(:component AS TEXT)
ORDER BY c.name, d.at, s.release;
