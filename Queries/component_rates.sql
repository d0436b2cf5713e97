-- Calls and rates of each component in its present epoch. :since and :until are microseconds UTC or NULL; a range is widened to whole minutes.
-- :component is a name or NULL for all. The range is covered by days, then hours, then minutes.
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
  rejected (component_id, epoch, circuit, bulkhead) AS (
    SELECT x.component_id, x.epoch, total(iif(x.reason = 0, x.calls, 0)), total(iif(x.reason = 1, x.calls, 0))
    FROM segment s
    CROSS JOIN rejection_rollup x
    WHERE x.resolution = s.resolution AND x.bucket_at >= s.lo AND x.bucket_at < s.hi
    GROUP BY x.component_id, x.epoch)
SELECT
  c.name AS component,
  CAST(total(r.successes + r.failures) AS INTEGER) AS total_requests,
  CAST(total(r.failures) AS INTEGER) AS failed_requests,
  CAST(total(r.rejected) AS INTEGER) AS rejected_requests,
  CAST(total(r.cancelled) AS INTEGER) AS cancelled_requests,
  CAST(total(r.caller_errors) AS INTEGER) AS caller_errors,
  CAST(total(r.stale) AS INTEGER) AS stale_results,
  coalesce(total(r.failures) / nullif(total(r.successes + r.failures), 0), 0.0) AS error_rate,
  coalesce(total(r.successes) / nullif(total(r.successes + r.failures), 0), 0.0) AS success_rate,
  coalesce(total(r.duration_sum_us) / 1000.0 / nullif(total(r.successes + r.failures), 0), 0.0) AS avg_response_time_ms,
  max(r.duration_max_us) / 1000.0 AS max_response_time_ms,
  CAST(coalesce(max(j.circuit), 0) AS INTEGER) AS rejected_by_circuit,
  CAST(coalesce(max(j.bulkhead), 0) AS INTEGER) AS rejected_by_bulkhead
FROM segment s
CROSS JOIN sample_rollup r
JOIN component c ON c.id = r.component_id AND c.epoch = r.epoch
LEFT JOIN rejected j ON j.component_id = c.id AND j.epoch = c.epoch
WHERE r.resolution = s.resolution AND r.bucket_at >= s.lo AND r.bucket_at < s.hi
  AND (:component IS NULL OR c.name = :component)
GROUP BY c.id, c.name
ORDER BY c.name;
