-- What callers saw in a range, by component: one row a component. :since and :until are microseconds UTC or NULL; a range is widened to
-- whole minutes, where retention has deleted the sums of minutes to whole hours, and before that to whole days. It is covered by
-- days, then hours, then minutes; when :by_minutes is 1, by minutes alone, as far as they are there: a pin keeps some of them.
-- :component is a name or NULL for all; alerts are counted only when one of them is asked for.
-- actual_success is the share of attempts that the component answered; effective_success is the share of executions, rejected ones
-- included, that callers saw succeed: a fallback counts, a lost, undone or interrupted execution does not. amplification is
-- attempts by executions. All three are NULL without attempts or executions. The five ends saved, degraded, undone, lost and
-- interrupted are of different executions and sum to those in trouble.
WITH
  kept (minutes_from, hours_from) AS (
    SELECT coalesce(max(CASE WHEN w.resolution = 60 THEN w.pruned_before_at END), 0),
      coalesce(max(CASE WHEN w.resolution = 3600 THEN w.pruned_before_at END), 0)
    FROM watermark w WHERE w.table_name = 'rollup'),
  asked_for (since, until, by_minutes) AS (
    SELECT CASE WHEN CAST(:since AS BIGINT) > 0 THEN CAST(:since AS BIGINT) ELSE 0 END,
      CASE WHEN CAST(:until AS BIGINT) < 0 THEN 0 ELSE coalesce(CAST(:until AS BIGINT), 4102444800000000) END,
      coalesce(CAST(:by_minutes AS BIGINT), 0)),
  unit (since, until, lo_width, hi_width) AS (
    SELECT a.since, a.until,
      CASE WHEN a.by_minutes = 1 THEN 60000000 WHEN a.since < k.hours_from THEN 86400000000
        WHEN a.since < k.minutes_from THEN 3600000000 ELSE 60000000 END,
      CASE WHEN a.by_minutes = 1 THEN 60000000 WHEN a.until <= k.hours_from THEN 86400000000
        WHEN a.until <= k.minutes_from THEN 3600000000 ELSE 60000000 END
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
  sums (lo, hi, hour_lo, hour_hi, day_lo, day_hi) AS (
    SELECT w.lo, w.hi, w.hour_lo, w.hour_hi, w.day_lo, w.day_hi FROM asked_for a CROSS JOIN whole w WHERE a.by_minutes <> 1),
  segment (resolution, lo, hi) AS (
    SELECT 60, w.lo, w.hi FROM asked_for a CROSS JOIN whole w WHERE a.by_minutes = 1
    UNION ALL SELECT 86400, day_lo, day_hi FROM sums
    UNION ALL SELECT 3600, hour_lo, CASE WHEN hour_hi < day_lo THEN hour_hi ELSE day_lo END FROM sums
    UNION ALL SELECT 3600, CASE WHEN hour_lo >= day_lo AND hour_lo >= day_hi THEN hour_lo WHEN day_lo >= day_hi THEN day_lo
      ELSE day_hi END, hour_hi FROM sums
    UNION ALL SELECT 60, lo, CASE WHEN hi < hour_lo THEN hi ELSE hour_lo END FROM sums
    UNION ALL SELECT 60, CASE WHEN lo >= hour_lo AND lo >= hour_hi THEN lo WHEN hour_lo >= hour_hi THEN hour_lo
      ELSE hour_hi END, hi FROM sums),
  asked AS (
    SELECT c.id, c.name FROM component c
    WHERE CASE WHEN CAST(:component AS TEXT) IS NULL THEN substr(c.name, 1, 6) <> 'alert.'
      ELSE c.name = CAST(:component AS TEXT) END),
  tried AS (
    SELECT r.component_id, sum(CASE WHEN r.successes BETWEEN 0 AND 400000000000000 THEN r.successes ELSE 0 END) AS successes,
      sum(CASE WHEN r.failures BETWEEN 0 AND 400000000000000 THEN r.failures ELSE 0 END) AS failures
    FROM segment g CROSS JOIN sample_rollup r
    WHERE r.resolution = g.resolution AND r.bucket_at >= g.lo AND r.bucket_at < g.hi
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
    FROM segment g CROSS JOIN outcome_rollup o
    WHERE o.resolution = g.resolution AND o.bucket_at >= g.lo AND o.bucket_at < g.hi
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
