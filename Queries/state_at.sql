-- Each component's circuit, last check and last alert as they were at a time: one row a component that was known by then. :at is
-- microseconds UTC or NULL for now. :component is a name or NULL for all.
-- The last row of history up to the time is taken by its id, which has the time at which it was given out; a row whose own time is
-- later is passed over. state is closed before the first change. until is the end of the circuit's wait.
WITH
  instant (at, last_id) AS (
    SELECT coalesce(CAST(:at AS BIGINT), 4102444800000000),
      CASE WHEN CAST(:at AS BIGINT) IS NULL THEN 9223372036854775807
        WHEN CAST(:at AS BIGINT) <= 1735689600000000 THEN 0
        ELSE (CAST(:at AS BIGINT) / 1000 - 1735689599999) * 4194304 - 1 END)
SELECT
  c.name AS component, s.name AS state, t.reason, t.at AS since_at, t.open_until_at AS until_at, t.actor,
  h.name AS status, k.at AS checked_at, k.message, coalesce(l.detail, l.kind) AS alert, l.at AS alert_at
FROM instant i CROSS JOIN component c
LEFT JOIN breaker_transition t ON t.id = (
  SELECT x.id FROM breaker_transition x WHERE x.component_id = c.id AND x.id <= i.last_id AND x.at <= i.at
  ORDER BY x.id DESC LIMIT 1)
JOIN breaker_state s ON s.id = coalesce(t.to_state, 0)
LEFT JOIN health_check k ON k.id = (
  SELECT x.id FROM health_check x WHERE x.component_id = c.id AND x.id <= i.last_id AND x.at <= i.at
  ORDER BY x.id DESC LIMIT 1)
LEFT JOIN health_status h ON h.id = k.status
LEFT JOIN alert l ON l.id = (
  SELECT x.id FROM alert x WHERE x.component_id = c.id AND x.id <= i.last_id AND x.at <= i.at
  ORDER BY x.id DESC LIMIT 1)
WHERE c.registered_at <= i.at AND (CAST(:component AS TEXT) IS NULL OR c.name = CAST(:component AS TEXT))
ORDER BY c.name;
