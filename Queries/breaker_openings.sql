-- Each opening of a circuit in a range, from closed until closed again: one row an opening, oldest first. :since and :until are
-- microseconds UTC or NULL; an opening belongs to the range in which it began. :component is a name or NULL for all.
-- closed_at is NULL while the circuit is not closed. rejected counts whole minutes from the opening to the close. attempts_before and
-- failures_before are of the minute of the opening and the one before it. probes_won and probes_lost are rounds of probes.
-- first_probe is 1 when the first round closed the circuit, 0 when it opened it again, and NULL when an operator did or no round has
-- ended. attempts_meanwhile and failures_meanwhile are of the calls that ended after the circuit had been open for a second, before
-- the first round of probes and at most 5 minutes after the opening: calls of programs without this circuit.
-- Rows of history are found by the ids of the range and of an hour before and after it. Calls get their ids when they are written:
-- those that waited for more than 10 minutes are left out.
WITH
  edge (lo, hi, lo_id, hi_id) AS (
    SELECT coalesce(CAST(:since AS BIGINT), 0), coalesce(CAST(:until AS BIGINT), 4102444800000000),
      CASE WHEN coalesce(CAST(:since AS BIGINT), 0) <= 1735693200000000 THEN 0
        ELSE (CAST(:since AS BIGINT) / 1000 - 1735693200000) * 4194304 END,
      CASE WHEN CAST(:until AS BIGINT) IS NULL THEN 9223372036854775807
        WHEN CAST(:until AS BIGINT) <= 1735689600000000 THEN 4194304
        ELSE (CAST(:until AS BIGINT) / 1000 - 1735686000000) * 4194304 END),
  opening AS MATERIALIZED (
    SELECT t.id, t.component_id, c.name, t.at, t.reason, t.actor, t.error_id,
      (SELECT x.id FROM breaker_transition x
        WHERE x.component_id = t.component_id AND x.id > t.id AND x.to_state = 0 ORDER BY x.id LIMIT 1) AS close_id,
      (SELECT x.id FROM breaker_transition x
        WHERE x.component_id = t.component_id AND x.id > t.id AND x.to_state = 2 ORDER BY x.id LIMIT 1) AS probe_id,
      (SELECT x.id FROM breaker_transition x
        WHERE x.component_id = t.component_id AND x.id > t.id AND x.from_state = 2 ORDER BY x.id LIMIT 1) AS answer_id
    FROM edge CROSS JOIN breaker_transition t
    JOIN component c ON c.id = t.component_id
    WHERE t.id >= edge.lo_id AND t.id < edge.hi_id AND t.at >= edge.lo AND t.at < edge.hi AND t.from_state = 0 AND t.to_state = 1
      AND (CAST(:component AS TEXT) IS NULL OR c.name = CAST(:component AS TEXT))),
  dated AS MATERIALIZED (
    SELECT o.id, o.component_id, o.name, o.at, o.reason, o.actor, o.error_id, z.at AS closed_at, z.actor AS closed_by,
      CASE WHEN p.id < coalesce(o.close_id, 9223372036854775807) THEN p.at END AS probe_at,
      CASE WHEN w.id <= coalesce(o.close_id, 9223372036854775807) AND w.actor IS NULL
        THEN CASE WHEN w.to_state = 0 THEN 1 ELSE 0 END END AS first_probe,
      coalesce(o.close_id, 9223372036854775807) AS end_id,
      coalesce(z.at, (SELECT max(q.last_write_at) FROM process q), o.at) AS end_at
    FROM opening o
    LEFT JOIN breaker_transition z ON z.id = o.close_id
    LEFT JOIN breaker_transition p ON p.id = o.probe_id
    LEFT JOIN breaker_transition w ON w.id = o.answer_id),
  watched AS MATERIALIZED (
    SELECT d.id,
      CASE WHEN d.at <= 1735689600000000 THEN 0 ELSE (d.at / 1000 - 1735689600000) * 4194304 END AS lo_id,
      CASE WHEN coalesce(d.probe_at, d.end_at) < d.at + 300000000 THEN coalesce(d.probe_at, d.end_at) ELSE d.at + 300000000 END AS hi
    FROM dated d)
SELECT
  d.name AS component, d.id AS ref, d.at, d.reason, d.actor, d.error_id, d.closed_at, d.closed_by, d.probe_at, d.first_probe,
  CAST((SELECT count(*) FROM breaker_transition x
    WHERE x.component_id = d.component_id AND x.id > d.id AND x.id <= d.end_id AND x.from_state = 2 AND x.to_state = 0
      AND x.actor IS NULL) AS BIGINT) AS probes_won,
  CAST((SELECT count(*) FROM breaker_transition x
    WHERE x.component_id = d.component_id AND x.id > d.id AND x.id <= d.end_id AND x.from_state = 2 AND x.to_state = 1
      AND x.actor IS NULL) AS BIGINT) AS probes_lost,
  CAST(coalesce((SELECT sum(CASE WHEN o.rejected BETWEEN 0 AND 400000000000000 THEN o.rejected ELSE 0 END) FROM outcome_rollup o
    WHERE o.resolution = 60 AND o.bucket_at >= d.at - d.at % 60000000 AND o.bucket_at < d.end_at
      AND o.component_id = d.component_id), 0) AS BIGINT) AS rejected,
  CAST(coalesce((SELECT sum(CASE WHEN r.successes + r.failures BETWEEN 0 AND 400000000000000 THEN r.successes + r.failures ELSE 0 END)
    FROM sample_rollup r
    WHERE r.resolution = 60 AND r.bucket_at >= d.at - d.at % 60000000 - 60000000 AND r.bucket_at <= d.at
      AND r.component_id = d.component_id), 0) AS BIGINT) AS attempts_before,
  CAST(coalesce((SELECT sum(CASE WHEN r.failures BETWEEN 0 AND 400000000000000 THEN r.failures ELSE 0 END) FROM sample_rollup r
    WHERE r.resolution = 60 AND r.bucket_at >= d.at - d.at % 60000000 - 60000000 AND r.bucket_at <= d.at
      AND r.component_id = d.component_id), 0) AS BIGINT) AS failures_before,
  CAST(coalesce((SELECT sum(h.successes + h.failures) FROM health_sample h
    WHERE h.id >= w.lo_id AND h.id < (w.hi / 1000 - 1735689000000) * 4194304 AND h.component_id = d.component_id
      AND h.at >= d.at + 1000000 AND h.at < w.hi AND h.successes BETWEEN 0 AND 1000000000 AND h.failures BETWEEN 0 AND 1000000000),
    0) AS BIGINT) AS attempts_meanwhile,
  CAST(coalesce((SELECT sum(h.failures) FROM health_sample h
    WHERE h.id >= w.lo_id AND h.id < (w.hi / 1000 - 1735689000000) * 4194304 AND h.component_id = d.component_id
      AND h.at >= d.at + 1000000 AND h.at < w.hi AND h.successes BETWEEN 0 AND 1000000000 AND h.failures BETWEEN 0 AND 1000000000),
    0) AS BIGINT) AS failures_meanwhile
FROM dated d JOIN watched w ON w.id = d.id
ORDER BY d.id;
