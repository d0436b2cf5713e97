-- What callers saw in a range, by component: one row a component, from the sums by the minute. :since and :until are microseconds UTC;
-- a range is widened to whole minutes. :component is a name or NULL for all; alerts are counted only when one of them is asked for.
-- actual_success is the share of attempts that the component answered; effective_success is the share of executions, rejected ones
-- included, that callers saw succeed: a fallback counts, a lost, undone or interrupted execution does not. amplification is
-- attempts by executions. All three are NULL without attempts or executions. The five ends saved, degraded, undone, lost and
-- interrupted are of different executions and sum to those in trouble.
WITH
  edge (lo, hi) AS (
    SELECT coalesce(CAST(:since AS BIGINT), 0) - coalesce(CAST(:since AS BIGINT), 0) % 60000000,
      coalesce(CAST(:until AS BIGINT), 4102444800000000) + 59999999
        - (coalesce(CAST(:until AS BIGINT), 4102444800000000) + 59999999) % 60000000),
  asked AS (
    SELECT c.id, c.name FROM component c
    WHERE CASE WHEN CAST(:component AS TEXT) IS NULL THEN substr(c.name, 1, 6) <> 'alert.'
      ELSE c.name = CAST(:component AS TEXT) END),
  tried AS (
    SELECT r.component_id, sum(CASE WHEN r.successes BETWEEN 0 AND 400000000000000 THEN r.successes ELSE 0 END) AS successes,
      sum(CASE WHEN r.failures BETWEEN 0 AND 400000000000000 THEN r.failures ELSE 0 END) AS failures
    FROM edge CROSS JOIN sample_rollup r
    WHERE r.resolution = 60 AND r.bucket_at >= edge.lo AND r.bucket_at < edge.hi
    GROUP BY r.component_id),
  ended AS (
    SELECT o.component_id, sum(CASE WHEN o.attempts BETWEEN 0 AND 400000000000000 THEN o.attempts ELSE 0 END) AS attempts,
      sum(CASE WHEN o.extra_attempts BETWEEN 0 AND 400000000000000 THEN o.extra_attempts ELSE 0 END) AS extra_attempts,
      sum(CASE WHEN o.rejected BETWEEN 0 AND 400000000000000 THEN o.rejected ELSE 0 END) AS rejected,
      sum(CASE WHEN o.saved BETWEEN 0 AND 400000000000000 THEN o.saved ELSE 0 END) AS saved,
      sum(CASE WHEN o.degraded BETWEEN 0 AND 400000000000000 THEN o.degraded ELSE 0 END) AS degraded,
      sum(CASE WHEN o.undone BETWEEN 0 AND 400000000000000 THEN o.undone ELSE 0 END) AS undone,
      sum(CASE WHEN o.lost BETWEEN 0 AND 400000000000000 THEN o.lost ELSE 0 END) AS lost,
      sum(CASE WHEN o.interrupted BETWEEN 0 AND 400000000000000 THEN o.interrupted ELSE 0 END) AS interrupted
    FROM edge CROSS JOIN outcome_rollup o
    WHERE o.resolution = 60 AND o.bucket_at >= edge.lo AND o.bucket_at < edge.hi
    GROUP BY o.component_id),
  figures AS (
    SELECT a.name, coalesce(t.successes, 0) AS successes, coalesce(t.failures, 0) AS failures,
      CASE WHEN e.attempts > e.extra_attempts THEN e.attempts - e.extra_attempts ELSE 0 END AS executions,
      coalesce(e.attempts, 0) AS attempts, coalesce(e.extra_attempts, 0) AS extra_attempts, coalesce(e.rejected, 0) AS rejected,
      coalesce(e.saved, 0) AS saved, coalesce(e.degraded, 0) AS degraded, coalesce(e.undone, 0) AS undone,
      coalesce(e.lost, 0) AS lost, coalesce(e.interrupted, 0) AS interrupted
    FROM asked a LEFT JOIN tried t ON t.component_id = a.id LEFT JOIN ended e ON e.component_id = a.id
    WHERE t.component_id IS NOT NULL OR e.component_id IS NOT NULL)
SELECT
  f.name AS component, CAST(f.successes + f.failures AS BIGINT) AS attempts, CAST(f.failures AS BIGINT) AS failures,
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
    THEN CAST(f.attempts AS DOUBLE PRECISION) / CAST(f.executions AS DOUBLE PRECISION) END AS amplification
FROM figures f
ORDER BY f.lost + f.undone + f.interrupted + f.rejected DESC, f.name;
