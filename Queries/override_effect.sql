-- What changed with each act of an operator on a circuit in a range: one row an act, oldest first. :since and :until are microseconds
-- UTC or NULL. :component is a name or NULL for all.
-- Figures are of the five whole minutes before the minute of the act, and of the five after it. attempts and failures are of the
-- dependency; calls are executions, rejected ones included, and unanswered those that were lost, undone or interrupted.
-- Rows of history are found by the ids of the range and of an hour before and after it.
WITH
  edge (lo, hi, lo_id, hi_id) AS (
    SELECT coalesce(CAST(:since AS BIGINT), 0), coalesce(CAST(:until AS BIGINT), 4102444800000000),
      CASE WHEN coalesce(CAST(:since AS BIGINT), 0) <= 1735693200000000 THEN 0
        ELSE (CAST(:since AS BIGINT) / 1000 - 1735693200000) * 4194304 END,
      CASE WHEN CAST(:until AS BIGINT) IS NULL THEN 9223372036854775807
        WHEN CAST(:until AS BIGINT) <= 1735689600000000 THEN 4194304
        ELSE (CAST(:until AS BIGINT) / 1000 - 1735686000000) * 4194304 END),
  act AS MATERIALIZED (
    SELECT t.id, t.component_id, c.name, t.at, t.at - t.at % 60000000 AS minute_at, t.reason, t.actor, t.note
    FROM edge CROSS JOIN breaker_transition t
    JOIN component c ON c.id = t.component_id
    WHERE t.id >= edge.lo_id AND t.id < edge.hi_id AND t.at >= edge.lo AND t.at < edge.hi AND t.actor IS NOT NULL
      AND (CAST(:component AS TEXT) IS NULL OR c.name = CAST(:component AS TEXT))),
  part (id, is_after, attempts, failures, calls, unanswered) AS (
    SELECT a.id, CASE WHEN r.bucket_at > a.minute_at THEN 1 ELSE 0 END,
      CASE WHEN r.successes + r.failures BETWEEN 0 AND 400000000000000 THEN r.successes + r.failures ELSE 0 END,
      CASE WHEN r.failures BETWEEN 0 AND 400000000000000 THEN r.failures ELSE 0 END, 0, 0
    FROM act a CROSS JOIN sample_rollup r
    WHERE r.resolution = 60 AND r.bucket_at >= a.minute_at - 300000000 AND r.bucket_at <= a.minute_at + 300000000
      AND r.bucket_at <> a.minute_at AND r.component_id = a.component_id
    UNION ALL
    SELECT a.id, CASE WHEN o.bucket_at > a.minute_at THEN 1 ELSE 0 END, 0, 0,
      CASE WHEN o.attempts - o.extra_attempts BETWEEN 0 AND 400000000000000 THEN o.attempts - o.extra_attempts ELSE 0 END
        + CASE WHEN o.rejected BETWEEN 0 AND 400000000000000 THEN o.rejected ELSE 0 END,
      CASE WHEN o.lost BETWEEN 0 AND 400000000000000 THEN o.lost ELSE 0 END
        + CASE WHEN o.undone BETWEEN 0 AND 400000000000000 THEN o.undone ELSE 0 END
        + CASE WHEN o.interrupted BETWEEN 0 AND 400000000000000 THEN o.interrupted ELSE 0 END
    FROM act a CROSS JOIN outcome_rollup o
    WHERE o.resolution = 60 AND o.bucket_at >= a.minute_at - 300000000 AND o.bucket_at <= a.minute_at + 300000000
      AND o.bucket_at <> a.minute_at AND o.component_id = a.component_id)
SELECT
  a.name AS component, a.id AS ref, a.at, a.reason, a.actor, a.note,
  CAST(coalesce(sum(CASE WHEN p.is_after = 0 THEN p.attempts END), 0) AS BIGINT) AS attempts_before,
  CAST(coalesce(sum(CASE WHEN p.is_after = 0 THEN p.failures END), 0) AS BIGINT) AS failures_before,
  CAST(coalesce(sum(CASE WHEN p.is_after = 0 THEN p.calls END), 0) AS BIGINT) AS calls_before,
  CAST(coalesce(sum(CASE WHEN p.is_after = 0 THEN p.unanswered END), 0) AS BIGINT) AS unanswered_before,
  CAST(coalesce(sum(CASE WHEN p.is_after = 1 THEN p.attempts END), 0) AS BIGINT) AS attempts_after,
  CAST(coalesce(sum(CASE WHEN p.is_after = 1 THEN p.failures END), 0) AS BIGINT) AS failures_after,
  CAST(coalesce(sum(CASE WHEN p.is_after = 1 THEN p.calls END), 0) AS BIGINT) AS calls_after,
  CAST(coalesce(sum(CASE WHEN p.is_after = 1 THEN p.unanswered END), 0) AS BIGINT) AS unanswered_after
FROM act a LEFT JOIN part p ON p.id = a.id
GROUP BY a.name, a.id, a.at, a.reason, a.actor, a.note
ORDER BY a.id;
