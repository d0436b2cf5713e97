-- Whether extra attempts helped, by component: one row a component with bad minutes in a range widened to whole minutes, over those of
-- these minutes that had calls. :since and :until are microseconds UTC or NULL. :component is a name or NULL for all.
-- A minute is bad as in incidents.sql with its standard rules. attempts, extra_attempts, saved and the others are as in
-- outcome_rollup; actual_success, effective_success and amplification are as in incident_impact.sql.
-- sustained_minutes are those bad minutes, in an episode with holes of up to 5 minutes, that begin after the last error of the fault
-- with which the episode began: what began the trouble had ended. 0 where retention has deleted the rows of errors.
-- verdict: no_retries without extra attempts; too_few with less than 20 of them; helped with 1 saved execution for 5 of them, or
-- more; sustaining when the sustained minutes have 20 extra attempts and an amplification above 1.2; made_worse when more than 30 % of
-- the attempts were extra and less than 1 execution was saved for 50 of them; else neither.
WITH RECURSIVE
  edge (lo, hi, change_id) AS (
    SELECT coalesce(CAST(:since AS BIGINT), 0) - coalesce(CAST(:since AS BIGINT), 0) % 60000000,
      coalesce(CAST(:until AS BIGINT), 4102444800000000) + 59999999
        - (coalesce(CAST(:until AS BIGINT), 4102444800000000) + 59999999) % 60000000,
      CASE WHEN coalesce(CAST(:since AS BIGINT), 0) <= 1735779600000000 THEN 0
        ELSE ((CAST(:since AS BIGINT) - 86460000000) / 1000 - 1735693200000) * 4194304 END),
  trouble AS MATERIALIZED (
    SELECT m.component_id, m.minute_at AS lo, sum(m.failures) AS failures, sum(m.successes) AS successes, sum(m.rejected) AS rejected
    FROM edge CROSS JOIN v_trouble_minutes m
    WHERE m.minute_at >= edge.lo - 7200000000 AND m.minute_at < edge.hi + 7200000000
    GROUP BY m.component_id, m.minute_at),
  failing AS (
    SELECT component_id, lo, lag(lo) OVER (PARTITION BY component_id ORDER BY lo) AS before_lo
    FROM trouble WHERE failures > 0 AND successes = 0),
  linked AS MATERIALIZED (
    SELECT f.component_id, f.lo,
      CASE WHEN f.before_lo IS NULL OR f.lo - f.before_lo > 3600000000 THEN 0
        WHEN f.lo - f.before_lo <= 60000000 THEN 1
        WHEN EXISTS (
          SELECT 1 FROM sample_rollup x
          WHERE x.resolution = 60 AND x.bucket_at > f.before_lo AND x.bucket_at < f.lo AND x.component_id = f.component_id
            AND x.successes > 0) THEN 0
        ELSE 1 END AS is_linked
    FROM failing f),
  line AS (
    SELECT component_id, lo, is_linked,
      coalesce(lag(is_linked) OVER (PARTITION BY component_id ORDER BY lo), 0) AS former,
      coalesce(lead(is_linked) OVER (PARTITION BY component_id ORDER BY lo), 0) AS next,
      coalesce(lead(is_linked, 2) OVER (PARTITION BY component_id ORDER BY lo), 0) AS second
    FROM linked),
  change AS (
    SELECT z.component_id, z.at, z.to_state, z.open_until_at,
      lead(z.at) OVER (PARTITION BY z.component_id ORDER BY z.id) AS next_at
    FROM edge CROSS JOIN breaker_transition z
    WHERE z.id >= edge.change_id),
  waiting AS (
    SELECT c.component_id, c.at,
      CASE WHEN c.to_state = 1 AND c.open_until_at IS NOT NULL THEN c.open_until_at ELSE c.at + 300000000 END AS wait_end,
      coalesce(c.next_at, 9223372036854775807) AS next_at
    FROM edge CROSS JOIN change c
    WHERE c.to_state <> 0 AND c.at >= 0 AND c.at >= edge.lo - 86400000000 AND c.at < edge.hi),
  open_minute (component_id, lo, hi) AS (
    SELECT component_id, at - at % 60000000,
      CASE WHEN next_at <= at OR wait_end <= at THEN at + 1
        WHEN next_at > at + 86400000000 AND wait_end > at + 86400000000 THEN at + 86400000000
        WHEN next_at < wait_end THEN next_at ELSE wait_end END
    FROM waiting
    UNION
    SELECT m.component_id, m.lo + 60000000, m.hi FROM open_minute m WHERE m.lo + 60000000 < m.hi),
  bad (component_id, minute_at) AS MATERIALIZED (
    SELECT t.component_id, t.lo FROM trouble t
    WHERE t.rejected > 0 OR (t.failures >= 3 AND t.failures * 20 >= t.failures + t.successes)
    UNION
    SELECT n.component_id, n.lo FROM line n
    WHERE (n.is_linked = 1 AND (n.former = 1 OR n.next = 1)) OR (n.next = 1 AND n.second = 1)
    UNION
    SELECT m.component_id, m.lo FROM open_minute m),
  asked AS MATERIALIZED (
    SELECT b.component_id, b.minute_at FROM edge CROSS JOIN bad b WHERE b.minute_at >= edge.lo AND b.minute_at < edge.hi),
  tried AS MATERIALIZED (
    SELECT b.component_id, b.minute_at, sum(CASE WHEN r.successes BETWEEN 0 AND 400000000000000 THEN r.successes ELSE 0 END) AS successes,
      sum(CASE WHEN r.failures BETWEEN 0 AND 400000000000000 THEN r.failures ELSE 0 END) AS failures
    FROM asked b CROSS JOIN sample_rollup r
    WHERE r.resolution = 60 AND r.bucket_at = b.minute_at AND r.component_id = b.component_id
      AND (r.successes > 0 OR r.failures > 0 OR r.rejected > 0)
    GROUP BY b.component_id, b.minute_at),
  minute AS MATERIALIZED (
    SELECT t.component_id, t.minute_at, t.successes, t.failures,
      coalesce(CASE WHEN o.attempts BETWEEN 0 AND 400000000000000 THEN o.attempts ELSE 0 END, 0) AS attempts,
      coalesce(CASE WHEN o.extra_attempts BETWEEN 0 AND 400000000000000 THEN o.extra_attempts ELSE 0 END, 0) AS extra,
      coalesce(CASE WHEN o.rejected BETWEEN 0 AND 400000000000000 THEN o.rejected ELSE 0 END, 0) AS rejected,
      coalesce(CASE WHEN o.saved BETWEEN 0 AND 400000000000000 THEN o.saved ELSE 0 END, 0) AS saved,
      coalesce(CASE WHEN o.lost BETWEEN 0 AND 400000000000000 THEN o.lost ELSE 0 END, 0)
        + coalesce(CASE WHEN o.undone BETWEEN 0 AND 400000000000000 THEN o.undone ELSE 0 END, 0)
        + coalesce(CASE WHEN o.interrupted BETWEEN 0 AND 400000000000000 THEN o.interrupted ELSE 0 END, 0) AS unanswered,
      CASE WHEN t.minute_at - lag(t.minute_at) OVER (PARTITION BY t.component_id ORDER BY t.minute_at) <= 360000000 THEN 0
        ELSE 1 END AS begins
    FROM tried t
    LEFT JOIN outcome_rollup o ON o.resolution = 60 AND o.bucket_at = t.minute_at AND o.component_id = t.component_id),
  numbered AS MATERIALIZED (
    SELECT m.component_id, m.minute_at, m.attempts, m.extra,
      sum(m.begins) OVER (PARTITION BY m.component_id ORDER BY m.minute_at ROWS UNBOUNDED PRECEDING) AS number
    FROM minute m),
  episode AS MATERIALIZED (
    SELECT n.component_id, n.number, min(n.minute_at) AS lo, max(n.minute_at) + 60000000 AS hi,
      CASE WHEN min(n.minute_at) <= 1735689600000000 THEN 0 ELSE (min(n.minute_at) / 1000 - 1735689600000) * 4194304 END AS first_id,
      CASE WHEN max(n.minute_at) <= 1735689600000000 THEN 0 ELSE (max(n.minute_at) / 1000 - 1735689480000) * 4194304 END AS end_id
    FROM numbered n GROUP BY n.component_id, n.number),
  origin AS MATERIALIZED (
    SELECT p.component_id, p.number, p.hi, p.end_id, (
      SELECT e.id FROM error e
      WHERE e.component_id = p.component_id AND e.id >= p.first_id AND e.id < p.end_id AND e.at >= p.lo AND e.at < p.hi
      ORDER BY e.id LIMIT 1) AS error_id
    FROM episode p),
  ending AS (
    SELECT g.component_id, g.number, (
      SELECT x.at FROM error x
      WHERE x.component_id = g.component_id AND x.fingerprint = e.fingerprint AND x.id >= e.id AND x.id < g.end_id AND x.at < g.hi
      ORDER BY x.id DESC LIMIT 1) AS at
    FROM origin g JOIN error e ON e.id = g.error_id),
  sustained AS (
    SELECT n.component_id, count(*) AS minutes, sum(n.attempts) AS attempts, sum(n.extra) AS extra
    FROM ending d JOIN numbered n ON n.component_id = d.component_id AND n.number = d.number
    WHERE n.minute_at > d.at
    GROUP BY n.component_id),
  summed AS (
    SELECT m.component_id, count(*) AS bad_minutes, sum(m.successes) AS successes, sum(m.failures) AS failures,
      sum(m.attempts) AS attempts, sum(m.extra) AS extra, sum(m.rejected) AS rejected, sum(m.saved) AS saved,
      sum(m.unanswered) AS unanswered
    FROM minute m GROUP BY m.component_id)
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
  CAST(coalesce(u.minutes, 0) AS BIGINT) AS sustained_minutes,
  CASE WHEN s.extra = 0 THEN 'no_retries' WHEN s.extra < 20 THEN 'too_few' WHEN s.saved * 5 >= s.extra THEN 'helped'
    WHEN u.extra >= 20 AND u.attempts * 10 > (u.attempts - u.extra) * 12 THEN 'sustaining'
    WHEN s.extra * 10 > s.attempts * 3 AND s.saved * 50 < s.extra THEN 'made_worse' ELSE 'neither' END AS verdict
FROM summed s
JOIN component c ON c.id = s.component_id
LEFT JOIN sustained u ON u.component_id = s.component_id
WHERE CAST(:component AS TEXT) IS NULL OR c.name = CAST(:component AS TEXT)
ORDER BY s.extra DESC, c.name;
