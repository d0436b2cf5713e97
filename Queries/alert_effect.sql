-- What alerts were good for: one row a component with alarms in a range. An alarm is the alerts of a component from the one that begins
-- it to the one that ends it. :since and :until are microseconds UTC or NULL: alarms that began in the range. :component is a name or
-- NULL for all.
-- told counts alarms that have ended, in_vain those of them in which callers saw less than 5 % of their executions fail, from 5 minutes
-- before the alarm to its end, by whole minutes. uncalled counts those without executions, which are in neither.
-- Rows of history are found by the ids of the range, of an hour before it and of 25 hours after it; an alarm that ends later is left out.
WITH
  edge (lo, hi, lo_id, hi_id) AS (
    SELECT coalesce(CAST(:since AS BIGINT), 0), coalesce(CAST(:until AS BIGINT), 4102444800000000),
      CASE WHEN coalesce(CAST(:since AS BIGINT), 0) <= 1735693200000000 THEN 0
        ELSE (CAST(:since AS BIGINT) / 1000 - 1735693200000) * 4194304 END,
      CASE WHEN CAST(:until AS BIGINT) IS NULL THEN 9223372036854775807
        WHEN CAST(:until AS BIGINT) <= 1735689600000000 THEN 4194304
        ELSE (CAST(:until AS BIGINT) / 1000 - 1735599600000) * 4194304 END),
  sent AS (
    SELECT a.component_id, a.id, a.at, a.kind, lag(a.kind) OVER (PARTITION BY a.component_id ORDER BY a.id) AS before
    FROM edge CROSS JOIN alert a WHERE a.id >= edge.lo_id AND a.id < edge.hi_id),
  border AS (
    SELECT r.component_id, r.at, r.kind, lead(r.at) OVER (PARTITION BY r.component_id ORDER BY r.id) AS next_at,
      lead(r.kind) OVER (PARTITION BY r.component_id ORDER BY r.id) AS next_kind
    FROM sent r WHERE r.kind = 'recovered' OR (r.kind = 'raised' AND coalesce(r.before, 'recovered') = 'recovered')),
  alarm AS MATERIALIZED (
    SELECT c.name, b.component_id, b.at - b.at % 60000000 - 300000000 AS lo, b.next_at AS hi
    FROM edge CROSS JOIN border b JOIN component c ON c.id = b.component_id
    WHERE b.kind = 'raised' AND b.next_kind = 'recovered' AND b.next_at > b.at AND b.at >= edge.lo AND b.at < edge.hi
      AND substr(c.name, 1, 6) <> 'alert.' AND (CAST(:component AS TEXT) IS NULL OR c.name = CAST(:component AS TEXT))),
  seen AS (
    SELECT m.name,
      coalesce((SELECT sum(CASE WHEN o.attempts - o.extra_attempts + o.rejected BETWEEN 0 AND 400000000000000
          THEN o.attempts - o.extra_attempts + o.rejected ELSE 0 END)
        FROM outcome_rollup o
        WHERE o.resolution = 60 AND o.bucket_at >= m.lo AND o.bucket_at < m.hi AND o.component_id = m.component_id), 0) AS executions,
      coalesce((SELECT sum(CASE WHEN o.lost + o.undone + o.interrupted BETWEEN 0 AND 400000000000000
          THEN o.lost + o.undone + o.interrupted ELSE 0 END)
        FROM outcome_rollup o
        WHERE o.resolution = 60 AND o.bucket_at >= m.lo AND o.bucket_at < m.hi AND o.component_id = m.component_id), 0) AS failed
    FROM alarm m)
SELECT s.name AS component, CAST(sum(CASE WHEN s.executions > 0 THEN 1 ELSE 0 END) AS BIGINT) AS told,
  CAST(sum(CASE WHEN s.executions > 0 AND s.failed * 20 < s.executions THEN 1 ELSE 0 END) AS BIGINT) AS in_vain,
  CAST(sum(CASE WHEN s.executions > 0 THEN 0 ELSE 1 END) AS BIGINT) AS uncalled
FROM seen s
GROUP BY s.name
ORDER BY s.name;
