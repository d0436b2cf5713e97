-- What happened in a range, oldest first: one row an event, merged from history. :since and :until are microseconds UTC or NULL.
-- :component is a name or NULL for all; events of no component (runs, releases) are always there. :limit is NULL for 1000.
-- kind is circuit, alert, check, fault, release, run, policy, component or note. before and after are words of that kind: states of
-- a circuit, statuses, the release. actor is the person who acted; ref is the id of the row. A fault is the first error of a fault,
-- component and release. A check is a row whose status differs from the one before.
-- Rows of history are found by the ids of the range and of an hour before and after it.
WITH
  edge (lo, hi, lo_id, hi_id) AS (
    SELECT coalesce(CAST(:since AS BIGINT), 0), coalesce(CAST(:until AS BIGINT), 4102444800000000),
      CASE WHEN coalesce(CAST(:since AS BIGINT), 0) <= 1735693200000000 THEN 0
        ELSE (CAST(:since AS BIGINT) / 1000 - 1735693200000) * 4194304 END,
      CASE WHEN CAST(:until AS BIGINT) IS NULL THEN 9223372036854775807
        WHEN CAST(:until AS BIGINT) <= 1735689600000000 THEN 4194304
        ELSE (CAST(:until AS BIGINT) / 1000 - 1735686000000) * 4194304 END),
  event (at, kind, component, before, after, text, actor, ref) AS (
    SELECT t.at, 'circuit', c.name, f.name, g.name, t.reason, t.actor, t.id
    FROM edge CROSS JOIN breaker_transition t
    JOIN component c ON c.id = t.component_id JOIN breaker_state f ON f.id = t.from_state JOIN breaker_state g ON g.id = t.to_state
    WHERE t.id >= edge.lo_id AND t.id < edge.hi_id AND t.at >= edge.lo AND t.at < edge.hi
    UNION ALL
    SELECT a.at, 'alert', c.name, p.name, s.name, coalesce(a.detail, a.kind), NULL, a.id
    FROM edge CROSS JOIN alert a
    JOIN component c ON c.id = a.component_id JOIN health_status s ON s.id = a.status
    LEFT JOIN health_status p ON p.id = a.previous_status
    WHERE a.id >= edge.lo_id AND a.id < edge.hi_id AND a.at >= edge.lo AND a.at < edge.hi
    UNION ALL
    SELECT h.at, 'check', c.name, p.name, s.name, h.message, NULL, h.id
    FROM edge CROSS JOIN health_check h
    JOIN component c ON c.id = h.component_id JOIN health_status s ON s.id = h.status
    JOIN health_status p ON p.id = h.previous_status
    WHERE h.id >= edge.lo_id AND h.id < edge.hi_id AND h.at >= edge.lo AND h.at < edge.hi AND h.status <> h.previous_status
    UNION ALL
    SELECT e.first_at, 'fault', c.name, NULL, e.release, e.message, NULL, e.last_error_id
    FROM edge CROSS JOIN error_group e JOIN component c ON c.id = e.component_id
    WHERE e.first_at >= edge.lo AND e.first_at < edge.hi
    UNION ALL
    SELECT min(r.started_at), 'release', NULL, NULL, r.release, min(r.program), NULL, min(r.id)
    FROM edge CROSS JOIN process r WHERE r.release IS NOT NULL
    GROUP BY r.release, edge.lo, edge.hi HAVING min(r.started_at) >= edge.lo AND min(r.started_at) < edge.hi
    UNION ALL
    SELECT r.ended_at, 'run', NULL, NULL, r.end_kind, r.program, NULL, r.id
    FROM edge CROSS JOIN process r WHERE r.ended_at >= edge.lo AND r.ended_at < edge.hi
    UNION ALL
    SELECT y.at, 'policy', c.name, NULL, y.source, y.hash, NULL, y.id
    FROM edge CROSS JOIN policy_change y JOIN component c ON c.id = y.component_id
    WHERE y.at >= edge.lo AND y.at < edge.hi
    UNION ALL
    SELECT z.at, 'component', c.name, NULL, z.kind, NULL, z.actor, z.id
    FROM edge CROSS JOIN component_change z JOIN component c ON c.id = z.component_id
    WHERE z.at >= edge.lo AND z.at < edge.hi
    UNION ALL
    SELECT n.at, 'note', NULL, NULL, n.kind, n.text, n.actor, n.id
    FROM edge CROSS JOIN incident_note n WHERE n.at >= edge.lo AND n.at < edge.hi)
SELECT v.at, v.kind, v.component, v.before, v.after, v.text, v.actor, v.ref
FROM event v
WHERE v.component IS NULL OR CAST(:component AS TEXT) IS NULL OR v.component = CAST(:component AS TEXT)
ORDER BY v.at, v.kind, v.component, v.ref
LIMIT coalesce(CAST(:limit AS BIGINT), 1000);
