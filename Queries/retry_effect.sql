-- Whether extra attempts helped, by component: one row a component with bad minutes in a range widened to whole minutes, over those
-- minutes. :since and :until are microseconds UTC or NULL. :component is a name or NULL for all.
-- A minute is bad with 3 failures that are 5 % of its attempts, or with a rejected call. attempts, extra_attempts, saved and the others
-- are as in outcome_rollup. verdict: helped with 1 saved execution for 5 extra attempts; made_worse when more than 30 % of the attempts
-- were extra and less than 1 execution was saved for 50 of them; no_retries without extra attempts; too_few with less than 20 of them;
-- else neither.
WITH
  edge (lo, hi) AS (
    SELECT coalesce(CAST(:since AS BIGINT), 0) - coalesce(CAST(:since AS BIGINT), 0) % 60000000,
      coalesce(CAST(:until AS BIGINT), 4102444800000000) + 59999999
        - (coalesce(CAST(:until AS BIGINT), 4102444800000000) + 59999999) % 60000000),
  bad AS MATERIALIZED (
    SELECT m.component_id, m.minute_at, sum(m.failures) AS failures, sum(m.successes) AS successes
    FROM edge CROSS JOIN v_trouble_minutes m
    WHERE m.minute_at >= edge.lo AND m.minute_at < edge.hi
    GROUP BY m.component_id, m.minute_at
    HAVING sum(m.rejected) > 0 OR (sum(m.failures) >= 3 AND sum(m.failures) * 20 >= sum(m.failures) + sum(m.successes))),
  summed AS (
    SELECT b.component_id, count(*) AS bad_minutes, sum(b.failures) AS failures, sum(b.successes) AS successes,
      coalesce(sum(CASE WHEN o.attempts BETWEEN 0 AND 400000000000000 THEN o.attempts ELSE 0 END), 0) AS attempts,
      coalesce(sum(CASE WHEN o.extra_attempts BETWEEN 0 AND 400000000000000 THEN o.extra_attempts ELSE 0 END), 0) AS extra,
      coalesce(sum(CASE WHEN o.rejected BETWEEN 0 AND 400000000000000 THEN o.rejected ELSE 0 END), 0) AS rejected,
      coalesce(sum(CASE WHEN o.saved BETWEEN 0 AND 400000000000000 THEN o.saved ELSE 0 END), 0) AS saved,
      coalesce(sum(CASE WHEN o.lost BETWEEN 0 AND 400000000000000 THEN o.lost ELSE 0 END), 0)
        + coalesce(sum(CASE WHEN o.undone BETWEEN 0 AND 400000000000000 THEN o.undone ELSE 0 END), 0)
        + coalesce(sum(CASE WHEN o.interrupted BETWEEN 0 AND 400000000000000 THEN o.interrupted ELSE 0 END), 0) AS unanswered
    FROM bad b
    LEFT JOIN outcome_rollup o ON o.resolution = 60 AND o.bucket_at = b.minute_at AND o.component_id = b.component_id
    GROUP BY b.component_id)
SELECT
  c.name AS component, CAST(s.bad_minutes AS BIGINT) AS bad_minutes, CAST(s.attempts AS BIGINT) AS attempts,
  CAST(s.extra AS BIGINT) AS extra_attempts, CAST(s.saved AS BIGINT) AS saved,
  CASE WHEN s.failures + s.successes > 0
    THEN CAST(s.successes AS DOUBLE PRECISION) / CAST(s.failures + s.successes AS DOUBLE PRECISION) END AS actual_success,
  CASE WHEN s.attempts - s.extra + s.rejected <= 0 THEN NULL
    WHEN s.attempts - s.extra + s.rejected <= s.unanswered THEN 0.0
    ELSE CAST(s.attempts - s.extra + s.rejected - s.unanswered AS DOUBLE PRECISION)
      / CAST(s.attempts - s.extra + s.rejected AS DOUBLE PRECISION) END AS effective_success,
  CASE WHEN s.attempts > s.extra
    THEN CAST(s.attempts AS DOUBLE PRECISION) / CAST(s.attempts - s.extra AS DOUBLE PRECISION) END AS amplification,
  CASE WHEN s.extra = 0 THEN 'no_retries' WHEN s.extra < 20 THEN 'too_few' WHEN s.saved * 5 >= s.extra THEN 'helped'
    WHEN s.extra * 10 > s.attempts * 3 AND s.saved * 50 < s.extra THEN 'made_worse' ELSE 'neither' END AS verdict
FROM summed s
JOIN component c ON c.id = s.component_id
WHERE CAST(:component AS TEXT) IS NULL OR c.name = CAST(:component AS TEXT)
ORDER BY s.extra DESC, c.name;
