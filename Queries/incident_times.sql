-- The rows of one component that give the times of an incident: at most six rows. :since and :until are microseconds UTC or NULL,
-- :component is a name.
-- name is started (the first failed attempt, rejected call or change to a circuit that is not closed: up to three rows), tripped (the
-- first circuit that opened), told (the first alert that raises one) or acted (the first change of the circuit by an operator). source
-- is the table and ref the row's id.
-- Rows of history are found by the ids of the range and of an hour before and after it.
WITH
  edge (lo, hi, lo_id, hi_id) AS (
    SELECT coalesce(CAST(:since AS BIGINT), 0), coalesce(CAST(:until AS BIGINT), 4102444800000000),
      CASE WHEN coalesce(CAST(:since AS BIGINT), 0) <= 1735693200000000 THEN 0
        ELSE (CAST(:since AS BIGINT) / 1000 - 1735693200000) * 4194304 END,
      CASE WHEN CAST(:until AS BIGINT) IS NULL THEN 9223372036854775807
        WHEN CAST(:until AS BIGINT) <= 1735689600000000 THEN 4194304
        ELSE (CAST(:until AS BIGINT) / 1000 - 1735686000000) * 4194304 END),
  asked (id) AS (SELECT c.id FROM component c WHERE c.name = CAST(:component AS TEXT)),
  first (name, source, ref) AS (
    SELECT 'started', 'error', (
      SELECT x.id FROM error x
      WHERE x.component_id = a.id AND x.id >= edge.lo_id AND x.id < edge.hi_id AND x.at >= edge.lo AND x.at < edge.hi
      ORDER BY x.id LIMIT 1)
    FROM edge CROSS JOIN asked a
    UNION ALL
    SELECT 'started', 'rejected_call', (
      SELECT x.id FROM rejected_call x
      WHERE x.component_id = a.id AND x.id >= edge.lo_id AND x.id < edge.hi_id AND x.at >= edge.lo AND x.at < edge.hi
      ORDER BY x.id LIMIT 1)
    FROM edge CROSS JOIN asked a
    UNION ALL
    SELECT 'started', 'breaker_transition', (
      SELECT x.id FROM breaker_transition x
      WHERE x.component_id = a.id AND x.id >= edge.lo_id AND x.id < edge.hi_id AND x.at >= edge.lo AND x.at < edge.hi
        AND x.to_state <> 0
      ORDER BY x.id LIMIT 1)
    FROM edge CROSS JOIN asked a
    UNION ALL
    SELECT 'tripped', 'breaker_transition', (
      SELECT x.id FROM breaker_transition x
      WHERE x.component_id = a.id AND x.id >= edge.lo_id AND x.id < edge.hi_id AND x.at >= edge.lo AND x.at < edge.hi
        AND x.to_state = 1 AND x.from_state = 0 AND x.actor IS NULL
      ORDER BY x.id LIMIT 1)
    FROM edge CROSS JOIN asked a
    UNION ALL
    SELECT 'told', 'alert', (
      SELECT x.id FROM alert x
      WHERE x.component_id = a.id AND x.id >= edge.lo_id AND x.id < edge.hi_id AND x.at >= edge.lo AND x.at < edge.hi
        AND coalesce(x.detail, x.kind) IN ('raised', 'circuit_opened')
      ORDER BY x.id LIMIT 1)
    FROM edge CROSS JOIN asked a
    UNION ALL
    SELECT 'acted', 'breaker_transition', (
      SELECT x.id FROM breaker_transition x
      WHERE x.component_id = a.id AND x.id >= edge.lo_id AND x.id < edge.hi_id AND x.at >= edge.lo AND x.at < edge.hi
        AND x.actor IS NOT NULL
      ORDER BY x.id LIMIT 1)
    FROM edge CROSS JOIN asked a)
SELECT f.name, f.source, f.ref, coalesce(e.at, r.at, t.at, l.at) AS at,
  coalesce(e.message, r.operation, t.reason, l.message) AS message, t.actor
FROM first f
LEFT JOIN error e ON f.source = 'error' AND e.id = f.ref
LEFT JOIN rejected_call r ON f.source = 'rejected_call' AND r.id = f.ref
LEFT JOIN breaker_transition t ON f.source = 'breaker_transition' AND t.id = f.ref
LEFT JOIN alert l ON f.source = 'alert' AND l.id = f.ref
WHERE f.ref IS NOT NULL
ORDER BY at, f.name, f.source;
