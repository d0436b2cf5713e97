-- What callers of each component saw, minute by minute: one row a component and minute with calls. :since and :until are microseconds
-- UTC or NULL; a range is widened to whole minutes. :component is a name or NULL for all but those of alerts; :limit is NULL for 100000.
-- attempts and failures are of the dependency; the other columns are as in outcome_rollup. unanswered is lost, undone and interrupted.
WITH
  edge (lo, hi) AS (
    SELECT coalesce(CAST(:since AS BIGINT), 0) - coalesce(CAST(:since AS BIGINT), 0) % 60000000,
      coalesce(CAST(:until AS BIGINT), 4102444800000000) + 59999999
        - (coalesce(CAST(:until AS BIGINT), 4102444800000000) + 59999999) % 60000000),
  part (component_id, bucket_at, attempts, failures, executions, extra_attempts, rejected, saved, degraded, unanswered) AS (
    SELECT r.component_id, r.bucket_at,
      CASE WHEN r.successes BETWEEN 0 AND 400000000000000 THEN r.successes ELSE 0 END
        + CASE WHEN r.failures BETWEEN 0 AND 400000000000000 THEN r.failures ELSE 0 END,
      CASE WHEN r.failures BETWEEN 0 AND 400000000000000 THEN r.failures ELSE 0 END, 0, 0, 0, 0, 0, 0
    FROM edge CROSS JOIN sample_rollup r
    WHERE r.resolution = 60 AND r.bucket_at >= edge.lo AND r.bucket_at < edge.hi
    UNION ALL
    SELECT o.component_id, o.bucket_at, 0, 0,
      CASE WHEN o.attempts - o.extra_attempts BETWEEN 0 AND 400000000000000 THEN o.attempts - o.extra_attempts ELSE 0 END,
      CASE WHEN o.extra_attempts BETWEEN 0 AND 400000000000000 THEN o.extra_attempts ELSE 0 END,
      CASE WHEN o.rejected BETWEEN 0 AND 400000000000000 THEN o.rejected ELSE 0 END,
      CASE WHEN o.saved BETWEEN 0 AND 400000000000000 THEN o.saved ELSE 0 END,
      CASE WHEN o.degraded BETWEEN 0 AND 400000000000000 THEN o.degraded ELSE 0 END,
      CASE WHEN o.lost BETWEEN 0 AND 400000000000000 THEN o.lost ELSE 0 END
        + CASE WHEN o.undone BETWEEN 0 AND 400000000000000 THEN o.undone ELSE 0 END
        + CASE WHEN o.interrupted BETWEEN 0 AND 400000000000000 THEN o.interrupted ELSE 0 END
    FROM edge CROSS JOIN outcome_rollup o
    WHERE o.resolution = 60 AND o.bucket_at >= edge.lo AND o.bucket_at < edge.hi)
SELECT
  c.name AS component, p.bucket_at AS minute_at, CAST(sum(p.attempts) AS BIGINT) AS attempts,
  CAST(sum(p.failures) AS BIGINT) AS failures, CAST(sum(p.executions) AS BIGINT) AS executions,
  CAST(sum(p.extra_attempts) AS BIGINT) AS extra_attempts, CAST(sum(p.rejected) AS BIGINT) AS rejected,
  CAST(sum(p.saved) AS BIGINT) AS saved, CAST(sum(p.degraded) AS BIGINT) AS degraded,
  CAST(sum(p.unanswered) AS BIGINT) AS unanswered
FROM part p
JOIN component c ON c.id = p.component_id
WHERE CASE WHEN CAST(:component AS TEXT) IS NULL THEN substr(c.name, 1, 6) <> 'alert.'
  ELSE c.name = CAST(:component AS TEXT) END
GROUP BY c.name, p.bucket_at
ORDER BY p.bucket_at, c.name
LIMIT coalesce(CAST(:limit AS BIGINT), 100000);
