-- How executions ended, and recoveries in all: one row. :since and :until are microseconds UTC or NULL; a range is widened to whole
-- minutes. :component is a name or NULL for all. The range is covered by days, then hours, then minutes.
-- effective_success_rate is the share of the executions, the rejected ones included, that callers saw succeed; NULL when there
-- were none. Deliveries of alerts, which are calls of components named alert.*, are no callers' executions: they are counted only
-- when one of them is asked for. Counts of executions begin with the first program that knows migration 10.
-- Sums are taken with total(), which a damaged number cannot make overflow; it is exact up to 2^53.
-- Where retention has deleted the sums of minutes, a range is widened to whole hours, and before that to whole days.
WITH
  kept (minutes_from, hours_from) AS (
    SELECT max(iif(resolution = 60, pruned_before_at, NULL)), max(iif(resolution = 3600, pruned_before_at, NULL))
    FROM watermark WHERE table_name = 'rollup'),
  edge (since, until) AS (SELECT coalesce(:since, 0), coalesce(:until, 4102444800000000)),
  minutes (lo, hi) AS (
    SELECT
      CASE WHEN since < hours_from THEN since / 86400000000 * 86400000000
        WHEN since < minutes_from THEN since / 3600000000 * 3600000000
        ELSE since / 60000000 * 60000000 END,
      CASE WHEN until <= hours_from THEN (until + 86399999999) / 86400000000 * 86400000000
        WHEN until <= minutes_from THEN (until + 3599999999) / 3600000000 * 3600000000
        ELSE (until + 59999999) / 60000000 * 60000000 END
    FROM edge, kept),
  hours (lo, hi) AS (
    SELECT (lo + 3599999999) / 3600000000 * 3600000000, hi / 3600000000 * 3600000000 FROM minutes),
  days (lo, hi) AS (
    SELECT (lo + 86399999999) / 86400000000 * 86400000000, hi / 86400000000 * 86400000000 FROM minutes),
  segment (resolution, lo, hi) AS (
    SELECT 0, 0, 1 WHERE :since IS NULL AND :until IS NULL
    UNION ALL SELECT 86400, d.lo, d.hi FROM days d WHERE coalesce(:since, :until) IS NOT NULL
    UNION ALL SELECT 3600, h.lo, min(h.hi, d.lo) FROM hours h, days d WHERE coalesce(:since, :until) IS NOT NULL
    UNION ALL SELECT 3600, max(h.lo, d.lo, d.hi), h.hi FROM hours h, days d WHERE coalesce(:since, :until) IS NOT NULL
    UNION ALL SELECT 60, m.lo, min(m.hi, h.lo) FROM minutes m, hours h WHERE coalesce(:since, :until) IS NOT NULL
    UNION ALL SELECT 60, max(m.lo, h.lo, h.hi), m.hi FROM minutes m, hours h WHERE coalesce(:since, :until) IS NOT NULL),
  ended AS (
    SELECT max(0.0, total(o.attempts) - total(o.extra_attempts)) AS executions, total(o.rejected) AS rejected,
      total(o.saved) AS saved, total(o.degraded) AS degraded, total(o.undone) AS undone, total(o.lost) AS lost,
      total(o.interrupted) AS interrupted
    FROM segment s
    CROSS JOIN outcome_rollup o
    JOIN component c ON c.id = o.component_id
    WHERE o.resolution = s.resolution AND o.bucket_at >= s.lo AND o.bucket_at < s.hi
      AND iif(:component IS NULL, c.name NOT GLOB 'alert.*', c.name = :component)),
  recovered AS (
    SELECT total(r.total) AS total, total(r.successful) AS successful, total(r.duration_sum_us) AS duration_sum_us
    FROM segment s
    CROSS JOIN recovery_rollup r
    WHERE r.resolution = s.resolution AND r.bucket_at >= s.lo AND r.bucket_at < s.hi
      AND (:component IS NULL OR r.component_id = (SELECT id FROM component WHERE name = :component)))
SELECT
  min(1.0, max(0.0, (e.executions + e.rejected - e.lost - e.undone - e.interrupted)
    / nullif(e.executions + e.rejected, 0))) AS effective_success_rate,
  CAST(e.executions AS INTEGER) AS executions,
  CAST(e.rejected AS INTEGER) AS rejected,
  CAST(e.saved AS INTEGER) AS saved,
  CAST(e.degraded AS INTEGER) AS degraded,
  CAST(e.undone AS INTEGER) AS undone,
  CAST(e.lost AS INTEGER) AS lost,
  CAST(e.interrupted AS INTEGER) AS interrupted,
  CAST(r.total AS INTEGER) AS total_recoveries,
  CAST(r.successful AS INTEGER) AS successful_recoveries,
  CAST(r.total - r.successful AS INTEGER) AS failed_recoveries,
  coalesce(r.successful / nullif(r.total, 0), 0.0) AS success_rate,
  coalesce(r.duration_sum_us / 1000.0 / nullif(r.total, 0), 0.0) AS avg_duration_ms
FROM ended e CROSS JOIN recovered r;
