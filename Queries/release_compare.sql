-- Two releases that served at once, by component: one row a component with calls of both. :since and :until are microseconds UTC or
-- NULL. :component is a name or NULL for all; :release_a and :release_b are labels, '' for programs without one.
-- Only stretches in which both releases had at least 30 attempts count: minutes, from the rows of calls, and hours before the first
-- such row. bad_b is the number of stretches in which at least 5 % of the attempts of b failed, 3 or more. attempts_all_a and
-- the like are of all stretches.
-- Rows of history are found by the ids of the range and of an hour before and after it.
WITH
  edge (lo, hi, lo_id, hi_id, a, b) AS (
    SELECT coalesce(CAST(:since AS BIGINT), 0), coalesce(CAST(:until AS BIGINT), 4102444800000000),
      CASE WHEN coalesce(CAST(:since AS BIGINT), 0) <= 1735693200000000 THEN 0
        ELSE (CAST(:since AS BIGINT) / 1000 - 1735693200000) * 4194304 END,
      CASE WHEN CAST(:until AS BIGINT) IS NULL THEN 9223372036854775807
        WHEN CAST(:until AS BIGINT) <= 1735689600000000 THEN 4194304
        ELSE (CAST(:until AS BIGINT) / 1000 - 1735686000000) * 4194304 END,
      CAST(:release_a AS TEXT), CAST(:release_b AS TEXT)),
  rows_from (at) AS (
    SELECT coalesce((SELECT h.at FROM health_sample h WHERE h.id >= 0 ORDER BY h.id LIMIT 1), 4102444800000000)),
  stretch AS (
    SELECT h.component_id, h.at - h.at % 60000000 AS at, 60 AS resolution,
      CASE WHEN coalesce(p.release, '') = edge.a THEN 0 ELSE 1 END AS side, h.successes, h.failures
    FROM edge CROSS JOIN health_sample h JOIN process p ON p.id = h.process_id
    WHERE h.id >= edge.lo_id AND h.id < edge.hi_id AND h.at >= edge.lo AND h.at < edge.hi
      AND coalesce(p.release, '') IN (edge.a, edge.b)
    UNION ALL
    SELECT r.component_id, r.bucket_at, 3600, CASE WHEN r.release = edge.a THEN 0 ELSE 1 END, r.successes, r.failures
    FROM edge CROSS JOIN rows_from f CROSS JOIN release_rollup r
    WHERE r.resolution = 3600 AND r.bucket_at >= edge.lo - edge.lo % 3600000000 AND r.bucket_at < edge.hi
      AND r.bucket_at + 3600000000 <= f.at AND r.release IN (edge.a, edge.b)),
  summed AS (
    SELECT component_id, at, resolution,
      sum(CASE WHEN side = 0 AND successes BETWEEN 0 AND 400000000000000 AND failures BETWEEN 0 AND 400000000000000
        THEN successes + failures ELSE 0 END) AS attempts_a,
      sum(CASE WHEN side = 0 AND failures BETWEEN 0 AND 400000000000000 THEN failures ELSE 0 END) AS failures_a,
      sum(CASE WHEN side = 1 AND successes BETWEEN 0 AND 400000000000000 AND failures BETWEEN 0 AND 400000000000000
        THEN successes + failures ELSE 0 END) AS attempts_b,
      sum(CASE WHEN side = 1 AND failures BETWEEN 0 AND 400000000000000 THEN failures ELSE 0 END) AS failures_b
    FROM stretch GROUP BY component_id, at, resolution)
SELECT
  c.name AS component,
  CAST(sum(CASE WHEN s.attempts_a >= 30 AND s.attempts_b >= 30 THEN 1 ELSE 0 END) AS BIGINT) AS stretches,
  CAST(max(CASE WHEN s.attempts_a >= 30 AND s.attempts_b >= 30 THEN s.resolution ELSE 0 END) AS BIGINT) AS resolution,
  CAST(sum(CASE WHEN s.attempts_a >= 30 AND s.attempts_b >= 30 THEN s.attempts_a ELSE 0 END) AS BIGINT) AS attempts_a,
  CAST(sum(CASE WHEN s.attempts_a >= 30 AND s.attempts_b >= 30 THEN s.failures_a ELSE 0 END) AS BIGINT) AS failures_a,
  CAST(sum(CASE WHEN s.attempts_a >= 30 AND s.attempts_b >= 30 THEN s.attempts_b ELSE 0 END) AS BIGINT) AS attempts_b,
  CAST(sum(CASE WHEN s.attempts_a >= 30 AND s.attempts_b >= 30 THEN s.failures_b ELSE 0 END) AS BIGINT) AS failures_b,
  CAST(sum(CASE WHEN s.attempts_a >= 30 AND s.attempts_b >= 30 AND s.failures_b >= 3 AND s.failures_b * 20 >= s.attempts_b
    THEN 1 ELSE 0 END) AS BIGINT) AS bad_b,
  CAST(sum(s.attempts_a) AS BIGINT) AS attempts_all_a, CAST(sum(s.failures_a) AS BIGINT) AS failures_all_a,
  CAST(sum(s.attempts_b) AS BIGINT) AS attempts_all_b, CAST(sum(s.failures_b) AS BIGINT) AS failures_all_b
FROM summed s
JOIN component c ON c.id = s.component_id
WHERE CAST(:component AS TEXT) IS NULL OR c.name = CAST(:component AS TEXT)
GROUP BY c.name
HAVING sum(s.attempts_a) > 0 AND sum(s.attempts_b) > 0
ORDER BY c.name;
