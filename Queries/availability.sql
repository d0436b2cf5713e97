-- Availability by component, in a range widened to whole minutes: one row a component with traffic. :since and :until are microseconds
-- UTC or NULL. :component is a name or NULL for all; those of alerts are shown only when one of them is asked for.
-- calls are executions, rejected ones included. effective is their share that callers saw succeed: a fallback counts, a lost, undone or
-- interrupted execution does not. actual is the share of attempts that the component answered. by_time is the share of observed
-- minutes, those with traffic, that were not bad: no traffic is neither up nor down. A minute is bad with 3 failures that are 5 % of
-- its attempts, or with a rejected call.
WITH
  edge (lo, hi) AS (
    SELECT coalesce(CAST(:since AS BIGINT), 0) - coalesce(CAST(:since AS BIGINT), 0) % 60000000,
      coalesce(CAST(:until AS BIGINT), 4102444800000000) + 59999999
        - (coalesce(CAST(:until AS BIGINT), 4102444800000000) + 59999999) % 60000000),
  minute AS (
    SELECT r.component_id, r.bucket_at,
      sum(CASE WHEN r.successes BETWEEN 0 AND 400000000000000 THEN r.successes ELSE 0 END) AS successes,
      sum(CASE WHEN r.failures BETWEEN 0 AND 400000000000000 THEN r.failures ELSE 0 END) AS failures,
      sum(CASE WHEN r.rejected BETWEEN 0 AND 400000000000000 THEN r.rejected ELSE 0 END) AS rejected
    FROM edge CROSS JOIN sample_rollup r
    WHERE r.resolution = 60 AND r.bucket_at >= edge.lo AND r.bucket_at < edge.hi
    GROUP BY r.component_id, r.bucket_at),
  tried AS (
    SELECT m.component_id, sum(m.successes) AS successes, sum(m.failures) AS failures, count(*) AS observed,
      sum(CASE WHEN m.rejected > 0 OR (m.failures >= 3 AND m.failures * 20 >= m.failures + m.successes)
        THEN 1 ELSE 0 END) AS bad
    FROM minute m WHERE m.successes + m.failures + m.rejected > 0
    GROUP BY m.component_id),
  ended AS (
    SELECT o.component_id,
      sum(CASE WHEN o.attempts - o.extra_attempts BETWEEN 0 AND 400000000000000 THEN o.attempts - o.extra_attempts ELSE 0 END)
        + sum(CASE WHEN o.rejected BETWEEN 0 AND 400000000000000 THEN o.rejected ELSE 0 END) AS calls,
      sum(CASE WHEN o.lost BETWEEN 0 AND 400000000000000 THEN o.lost ELSE 0 END)
        + sum(CASE WHEN o.undone BETWEEN 0 AND 400000000000000 THEN o.undone ELSE 0 END)
        + sum(CASE WHEN o.interrupted BETWEEN 0 AND 400000000000000 THEN o.interrupted ELSE 0 END) AS unanswered
    FROM edge CROSS JOIN outcome_rollup o
    WHERE o.resolution = 60 AND o.bucket_at >= edge.lo AND o.bucket_at < edge.hi
    GROUP BY o.component_id)
SELECT
  c.name AS component, CAST(coalesce(e.calls, 0) AS BIGINT) AS calls,
  CASE WHEN coalesce(e.calls, 0) = 0 THEN NULL WHEN e.calls <= e.unanswered THEN 0.0
    ELSE CAST(e.calls - e.unanswered AS DOUBLE PRECISION) / CAST(e.calls AS DOUBLE PRECISION) END AS effective,
  CASE WHEN t.successes + t.failures > 0
    THEN CAST(t.successes AS DOUBLE PRECISION) / CAST(t.successes + t.failures AS DOUBLE PRECISION) END AS actual,
  CAST(t.observed AS BIGINT) AS observed_minutes, CAST(t.bad AS BIGINT) AS bad_minutes,
  CAST(t.observed - t.bad AS DOUBLE PRECISION) / CAST(t.observed AS DOUBLE PRECISION) AS by_time
FROM tried t
JOIN component c ON c.id = t.component_id
LEFT JOIN ended e ON e.component_id = t.component_id
WHERE CASE WHEN CAST(:component AS TEXT) IS NULL THEN substr(c.name, 1, 6) <> 'alert.'
  ELSE c.name = CAST(:component AS TEXT) END
ORDER BY c.name;
