-- Availability by component, in a range widened to whole minutes: one row a component with traffic. :since and :until are microseconds
-- UTC or NULL. :component is a name or NULL for all; those of alerts are shown only when one of them is asked for.
-- calls are executions, rejected ones included. effective is their share that callers saw succeed: a fallback counts, a lost, undone or
-- interrupted execution does not. actual is the share of attempts that the component answered. by_time is the share of observed
-- minutes, those with traffic, that were not bad: no traffic is neither up nor down. A minute is bad as in incidents.sql with its
-- standard rules. Where retention has deleted the sums of minutes, calls and attempts are of whole hours, and before that of whole
-- days, and no minute is observed: by_time is NULL without any.
WITH RECURSIVE
  edge (lo, hi, change_id) AS (
    SELECT coalesce(CAST(:since AS BIGINT), 0) - coalesce(CAST(:since AS BIGINT), 0) % 60000000,
      coalesce(CAST(:until AS BIGINT), 4102444800000000) + 59999999
        - (coalesce(CAST(:until AS BIGINT), 4102444800000000) + 59999999) % 60000000,
      CASE WHEN coalesce(CAST(:since AS BIGINT), 0) <= 1735779600000000 THEN 0
        ELSE ((CAST(:since AS BIGINT) - 86460000000) / 1000 - 1735693200000) * 4194304 END),
  kept (minutes_from, hours_from) AS (
    SELECT coalesce(max(CASE WHEN w.resolution = 60 THEN w.pruned_before_at END), 0),
      coalesce(max(CASE WHEN w.resolution = 3600 THEN w.pruned_before_at END), 0)
    FROM watermark w WHERE w.table_name = 'rollup'),
  asked_for (since, until) AS (
    SELECT CASE WHEN CAST(:since AS BIGINT) > 0 THEN CAST(:since AS BIGINT) ELSE 0 END,
      CASE WHEN CAST(:until AS BIGINT) < 0 THEN 0 ELSE coalesce(CAST(:until AS BIGINT), 4102444800000000) END),
  unit (since, until, lo_width, hi_width) AS (
    SELECT a.since, a.until,
      CASE WHEN a.since < k.hours_from THEN 86400000000 WHEN a.since < k.minutes_from THEN 3600000000
        ELSE 60000000 END,
      CASE WHEN a.until <= k.hours_from THEN 86400000000 WHEN a.until <= k.minutes_from THEN 3600000000
        ELSE 60000000 END
    FROM asked_for a CROSS JOIN kept k),
  minutes (lo, hi) AS (
    SELECT since - since % lo_width,
      CASE WHEN until <= since THEN since - since % lo_width
        ELSE until + hi_width - 1 - (until + hi_width - 1) % hi_width END
    FROM unit),
  whole (lo, hi, hour_lo, hour_hi, day_lo, day_hi) AS (
    SELECT lo, hi, lo + 3599999999 - (lo + 3599999999) % 3600000000, hi - hi % 3600000000,
      lo + 86399999999 - (lo + 86399999999) % 86400000000, hi - hi % 86400000000
    FROM minutes),
  segment (resolution, lo, hi) AS (
    SELECT 86400, day_lo, day_hi FROM whole
    UNION ALL SELECT 3600, hour_lo, CASE WHEN hour_hi < day_lo THEN hour_hi ELSE day_lo END FROM whole
    UNION ALL SELECT 3600, CASE WHEN hour_lo >= day_lo AND hour_lo >= day_hi THEN hour_lo WHEN day_lo >= day_hi THEN day_lo
      ELSE day_hi END, hour_hi FROM whole
    UNION ALL SELECT 60, lo, CASE WHEN hi < hour_lo THEN hi ELSE hour_lo END FROM whole
    UNION ALL SELECT 60, CASE WHEN lo >= hour_lo AND lo >= hour_hi THEN lo WHEN hour_lo >= hour_hi THEN hour_lo
      ELSE hour_hi END, hi FROM whole),
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
  tried AS (
    SELECT r.component_id, sum(CASE WHEN r.successes BETWEEN 0 AND 400000000000000 THEN r.successes ELSE 0 END) AS successes,
      sum(CASE WHEN r.failures BETWEEN 0 AND 400000000000000 THEN r.failures ELSE 0 END) AS failures
    FROM segment g CROSS JOIN sample_rollup r
    WHERE r.resolution = g.resolution AND r.bucket_at >= g.lo AND r.bucket_at < g.hi
      AND (r.successes > 0 OR r.failures > 0 OR r.rejected > 0)
    GROUP BY r.component_id),
  observed AS (
    SELECT r.component_id, count(DISTINCT r.bucket_at) AS minutes
    FROM edge CROSS JOIN sample_rollup r
    WHERE r.resolution = 60 AND r.bucket_at >= edge.lo AND r.bucket_at < edge.hi
      AND (r.successes > 0 OR r.failures > 0 OR r.rejected > 0)
    GROUP BY r.component_id),
  down AS (
    SELECT b.component_id, count(*) AS minutes
    FROM edge CROSS JOIN bad b
    WHERE b.minute_at >= edge.lo AND b.minute_at < edge.hi AND EXISTS (
      SELECT 1 FROM sample_rollup r
      WHERE r.resolution = 60 AND r.bucket_at = b.minute_at AND r.component_id = b.component_id
        AND (r.successes > 0 OR r.failures > 0 OR r.rejected > 0))
    GROUP BY b.component_id),
  ended AS (
    SELECT o.component_id, sum(CASE WHEN o.attempts BETWEEN 0 AND 400000000000000 THEN o.attempts ELSE 0 END) AS attempts,
      sum(CASE WHEN o.extra_attempts BETWEEN 0 AND 400000000000000 THEN o.extra_attempts ELSE 0 END) AS extra,
      sum(CASE WHEN o.rejected BETWEEN 0 AND 400000000000000 THEN o.rejected ELSE 0 END) AS rejected,
      sum(CASE WHEN o.lost BETWEEN 0 AND 400000000000000 THEN o.lost ELSE 0 END)
        + sum(CASE WHEN o.undone BETWEEN 0 AND 400000000000000 THEN o.undone ELSE 0 END)
        + sum(CASE WHEN o.interrupted BETWEEN 0 AND 400000000000000 THEN o.interrupted ELSE 0 END) AS unanswered
    FROM segment g CROSS JOIN outcome_rollup o
    WHERE o.resolution = g.resolution AND o.bucket_at >= g.lo AND o.bucket_at < g.hi
    GROUP BY o.component_id),
  counted AS (
    SELECT e.component_id, CASE WHEN e.attempts > e.extra THEN e.attempts - e.extra ELSE 0 END + e.rejected AS calls, e.unanswered
    FROM ended e)
SELECT
  c.name AS component, CAST(coalesce(e.calls, 0) AS BIGINT) AS calls,
  CASE WHEN coalesce(e.calls, 0) = 0 THEN NULL WHEN e.calls <= e.unanswered THEN 0.0
    ELSE CAST(e.calls - e.unanswered AS DOUBLE PRECISION) / CAST(e.calls AS DOUBLE PRECISION) END AS effective,
  CASE WHEN t.successes + t.failures > 0
    THEN CAST(t.successes AS DOUBLE PRECISION) / CAST(t.successes + t.failures AS DOUBLE PRECISION) END AS actual,
  CAST(coalesce(m.minutes, 0) AS BIGINT) AS observed_minutes, CAST(coalesce(d.minutes, 0) AS BIGINT) AS bad_minutes,
  CASE WHEN m.minutes > 0
    THEN CAST(m.minutes - coalesce(d.minutes, 0) AS DOUBLE PRECISION) / CAST(m.minutes AS DOUBLE PRECISION) END AS by_time
FROM tried t
JOIN component c ON c.id = t.component_id
LEFT JOIN observed m ON m.component_id = t.component_id
LEFT JOIN down d ON d.component_id = t.component_id
LEFT JOIN counted e ON e.component_id = t.component_id
WHERE CASE WHEN CAST(:component AS TEXT) IS NULL THEN substr(c.name, 1, 6) <> 'alert.'
  ELSE c.name = CAST(:component AS TEXT) END
ORDER BY c.name;
