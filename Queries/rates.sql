-- What callers saw by component and minute, hour or day: one row a component and bucket with calls, the newest :limit rows, newest
-- first. :resolution is 60, 3600 or 86400, the seconds of a bucket; NULL for 3600. :since and :until are microseconds UTC or NULL; a
-- range is widened to whole buckets. :component is a name or NULL for all; alerts are shown only when one of them is asked for.
-- at is the start of the bucket. The other columns are as in incident_impact.sql: an execution can begin in one bucket and end in
-- the next, so sum the counts of buckets before you divide. total is the number of rows without :limit.
WITH
  unit (resolution, width) AS (
    SELECT coalesce(CAST(:resolution AS BIGINT), 3600), coalesce(CAST(:resolution AS BIGINT), 3600) * 1000000),
  edge (resolution, lo, hi) AS (
    SELECT resolution, coalesce(CAST(:since AS BIGINT), 0) - coalesce(CAST(:since AS BIGINT), 0) % width,
      coalesce(CAST(:until AS BIGINT), 4102444800000000) + width - 1
        - (coalesce(CAST(:until AS BIGINT), 4102444800000000) + width - 1) % width
    FROM unit),
  part (component_id, bucket_at, successes, failures, attempts, extra_attempts, rejected, saved, degraded, undone, lost, interrupted) AS (
    SELECT r.component_id, r.bucket_at, CASE WHEN r.successes BETWEEN 0 AND 400000000000000 THEN r.successes ELSE 0 END,
      CASE WHEN r.failures BETWEEN 0 AND 400000000000000 THEN r.failures ELSE 0 END, 0, 0, 0, 0, 0, 0, 0, 0
    FROM edge CROSS JOIN sample_rollup r
    WHERE r.resolution = edge.resolution AND r.bucket_at >= edge.lo AND r.bucket_at < edge.hi
    UNION ALL
    SELECT o.component_id, o.bucket_at, 0, 0,
      CASE WHEN o.attempts BETWEEN 0 AND 400000000000000 THEN o.attempts ELSE 0 END,
      CASE WHEN o.extra_attempts BETWEEN 0 AND 400000000000000 THEN o.extra_attempts ELSE 0 END,
      CASE WHEN o.rejected BETWEEN 0 AND 400000000000000 THEN o.rejected ELSE 0 END,
      CASE WHEN o.saved BETWEEN 0 AND 400000000000000 THEN o.saved ELSE 0 END,
      CASE WHEN o.degraded BETWEEN 0 AND 400000000000000 THEN o.degraded ELSE 0 END,
      CASE WHEN o.undone BETWEEN 0 AND 400000000000000 THEN o.undone ELSE 0 END,
      CASE WHEN o.lost BETWEEN 0 AND 400000000000000 THEN o.lost ELSE 0 END,
      CASE WHEN o.interrupted BETWEEN 0 AND 400000000000000 THEN o.interrupted ELSE 0 END
    FROM edge CROSS JOIN outcome_rollup o
    WHERE o.resolution = edge.resolution AND o.bucket_at >= edge.lo AND o.bucket_at < edge.hi),
  summed AS (
    SELECT p.component_id, p.bucket_at, sum(p.successes) AS successes, sum(p.failures) AS failures, sum(p.attempts) AS attempts,
      sum(p.extra_attempts) AS extra_attempts, sum(p.rejected) AS rejected, sum(p.saved) AS saved, sum(p.degraded) AS degraded,
      sum(p.undone) AS undone, sum(p.lost) AS lost, sum(p.interrupted) AS interrupted
    FROM part p GROUP BY p.component_id, p.bucket_at),
  figures AS (
    SELECT s.bucket_at, c.name, s.successes, s.failures,
      CASE WHEN s.attempts > s.extra_attempts THEN s.attempts - s.extra_attempts ELSE 0 END AS executions,
      s.attempts, s.extra_attempts, s.rejected, s.saved, s.degraded, s.undone, s.lost, s.interrupted
    FROM summed s JOIN component c ON c.id = s.component_id
    WHERE s.successes + s.failures + s.attempts + s.rejected + s.saved + s.degraded + s.undone + s.lost + s.interrupted > 0
      AND CASE WHEN CAST(:component AS TEXT) IS NULL THEN substr(c.name, 1, 6) <> 'alert.'
        ELSE c.name = CAST(:component AS TEXT) END)
SELECT
  f.bucket_at AS at, f.name AS component, CAST(f.successes + f.failures AS BIGINT) AS attempts, CAST(f.failures AS BIGINT) AS failures,
  CAST(f.executions AS BIGINT) AS executions, CAST(f.extra_attempts AS BIGINT) AS extra_attempts,
  CAST(f.rejected AS BIGINT) AS rejected, CAST(f.saved AS BIGINT) AS saved, CAST(f.degraded AS BIGINT) AS degraded,
  CAST(f.undone AS BIGINT) AS undone, CAST(f.lost AS BIGINT) AS lost, CAST(f.interrupted AS BIGINT) AS interrupted,
  CASE WHEN f.successes + f.failures > 0
    THEN CAST(f.successes AS DOUBLE PRECISION) / CAST(f.successes + f.failures AS DOUBLE PRECISION) END AS actual_success,
  CASE WHEN f.executions + f.rejected = 0 THEN NULL
    WHEN f.executions + f.rejected <= f.lost + f.undone + f.interrupted THEN 0.0
    ELSE CAST(f.executions + f.rejected - f.lost - f.undone - f.interrupted AS DOUBLE PRECISION)
      / CAST(f.executions + f.rejected AS DOUBLE PRECISION) END AS effective_success,
  CASE WHEN f.executions > 0
    THEN CAST(f.attempts AS DOUBLE PRECISION) / CAST(f.executions AS DOUBLE PRECISION) END AS amplification,
  CAST(count(*) OVER () AS BIGINT) AS total
FROM figures f
ORDER BY f.bucket_at DESC, f.name DESC
LIMIT coalesce(CAST(:limit AS BIGINT), 1000);
