-- How complete the ledger is in a range: one row. :since and :until are microseconds UTC or NULL.
-- calls are those of the whole minutes of the range, gap_events those that lost their detail there. interrupted_runs ended without
-- closing the ledger in the range or were found dead later. clock_steps counts errors and changes of circuits whose time is more than
-- 10 s before the time of their id: the clock had been ahead. first_ref and last_ref are the first and the last error of the range.
-- Rows of history are found by the ids of the range and of an hour before and after it.
WITH
  edge (lo, hi, lo_id, hi_id) AS (
    SELECT coalesce(CAST(:since AS BIGINT), 0), coalesce(CAST(:until AS BIGINT), 4102444800000000),
      CASE WHEN coalesce(CAST(:since AS BIGINT), 0) <= 1735693200000000 THEN 0
        ELSE (CAST(:since AS BIGINT) / 1000 - 1735693200000) * 4194304 END,
      CASE WHEN CAST(:until AS BIGINT) IS NULL THEN 9223372036854775807
        WHEN CAST(:until AS BIGINT) <= 1735689600000000 THEN 4194304
        ELSE (CAST(:until AS BIGINT) / 1000 - 1735686000000) * 4194304 END),
  counted (calls) AS (
    SELECT coalesce(sum(CASE WHEN r.successes + r.failures + r.rejected + r.cancelled + r.caller_errors
      BETWEEN 0 AND 400000000000000 THEN r.successes + r.failures + r.rejected + r.cancelled + r.caller_errors ELSE 0 END), 0)
    FROM edge CROSS JOIN sample_rollup r
    WHERE r.resolution = 60 AND r.bucket_at >= edge.lo - edge.lo % 60000000 AND r.bucket_at < edge.hi),
  missing (events) AS (
    SELECT coalesce(sum(CASE WHEN g.events BETWEEN 0 AND 400000000000000 THEN g.events ELSE 0 END), 0)
    FROM edge CROSS JOIN gap g
    WHERE g.id >= edge.lo_id AND g.id < edge.hi_id AND g.at >= edge.lo AND g.at < edge.hi),
  seen (first_ref, last_ref, steps) AS (
    SELECT min(e.id), max(e.id), coalesce(sum(CASE WHEN (e.id / 4194304 + 1735689600000) * 1000 - e.at > 10000000 THEN 1 ELSE 0 END), 0)
    FROM edge CROSS JOIN error e
    WHERE e.id >= edge.lo_id AND e.id < edge.hi_id AND e.at >= edge.lo AND e.at < edge.hi),
  moved (steps) AS (
    SELECT coalesce(sum(CASE WHEN (t.id / 4194304 + 1735689600000) * 1000 - t.at > 10000000 THEN 1 ELSE 0 END), 0)
    FROM edge CROSS JOIN breaker_transition t
    WHERE t.id >= edge.lo_id AND t.id < edge.hi_id AND t.at >= edge.lo AND t.at < edge.hi)
SELECT
  CAST(k.calls AS BIGINT) AS calls, CAST(m.events AS BIGINT) AS gap_events,
  (SELECT count(*) FROM process p WHERE p.end_kind = 'interrupted' AND p.last_write_at >= edge.lo AND p.last_write_at < edge.hi)
    AS interrupted_runs,
  CAST(s.steps + v.steps AS BIGINT) AS clock_steps, s.first_ref, s.last_ref,
  (SELECT max(w.pruned_before_at) FROM watermark w WHERE w.table_name = 'error') AS rows_pruned_before
FROM edge CROSS JOIN counted k CROSS JOIN missing m CROSS JOIN seen s CROSS JOIN moved v;
