-- What is different about the errors of a range: one row a dimension and value with errors in the range, compared with the stretch
-- before it that is four times as long, a day at most. :since and :until are microseconds UTC. :component is a name or NULL for all.
-- dimension is component, operation, host, release, category, attempt or fault. count and total are errors of the range, before and
-- total_before those of the stretch before.
-- Rows of history are found by the ids of the range and of an hour before and after it.
WITH
  edge (lo, hi, before) AS (
    SELECT coalesce(CAST(:since AS BIGINT), 0), coalesce(CAST(:until AS BIGINT), 4102444800000000),
      CASE WHEN 4 * (coalesce(CAST(:until AS BIGINT), 4102444800000000) - coalesce(CAST(:since AS BIGINT), 0)) > 86400000000
        THEN coalesce(CAST(:since AS BIGINT), 0) - 86400000000
        ELSE coalesce(CAST(:since AS BIGINT), 0) - 4 * (CAST(:until AS BIGINT) - coalesce(CAST(:since AS BIGINT), 0)) END),
  span (lo, hi, before, lo_id, hi_id) AS (
    SELECT lo, hi, before, CASE WHEN before <= 1735693200000000 THEN 0 ELSE (before / 1000 - 1735693200000) * 4194304 END,
      CASE WHEN hi <= 1735689600000000 THEN 4194304 ELSE (hi / 1000 - 1735686000000) * 4194304 END
    FROM edge),
  met AS MATERIALIZED (
    SELECT CASE WHEN e.at >= span.lo THEN 1 ELSE 0 END AS is_in, c.name AS component, e.operation, p.host,
      coalesce(p.release, '') AS release, k.name AS category, e.attempt, e.fingerprint,
      CASE WHEN e.occurrences BETWEEN 1 AND 400000000000000 THEN e.occurrences ELSE 1 END AS occurrences
    FROM span CROSS JOIN error e
    JOIN component c ON c.id = e.component_id
    LEFT JOIN process p ON p.id = e.process_id
    LEFT JOIN category k ON k.id = e.category
    WHERE e.id >= span.lo_id AND e.id < span.hi_id AND e.at >= span.before AND e.at < span.hi
      AND CASE WHEN CAST(:component AS TEXT) IS NULL THEN substr(c.name, 1, 6) <> 'alert.'
        ELSE c.name = CAST(:component AS TEXT) END),
  part (dimension, value, is_in, occurrences) AS (
    SELECT 'component', component, is_in, occurrences FROM met
    UNION ALL SELECT 'operation', operation, is_in, occurrences FROM met
    UNION ALL SELECT 'host', coalesce(host, ''), is_in, occurrences FROM met
    UNION ALL SELECT 'release', release, is_in, occurrences FROM met
    UNION ALL SELECT 'category', coalesce(category, 'unknown'), is_in, occurrences FROM met
    UNION ALL SELECT 'attempt', CAST(attempt AS TEXT), is_in, occurrences FROM met
    UNION ALL SELECT 'fault', fingerprint, is_in, occurrences FROM met),
  whole (total, total_before) AS (
    SELECT coalesce(sum(CASE WHEN is_in = 1 THEN occurrences ELSE 0 END), 0),
      coalesce(sum(CASE WHEN is_in = 0 THEN occurrences ELSE 0 END), 0)
    FROM met)
SELECT
  v.dimension, v.value, CAST(sum(CASE WHEN v.is_in = 1 THEN v.occurrences ELSE 0 END) AS BIGINT) AS count,
  CAST(w.total AS BIGINT) AS total, CAST(sum(CASE WHEN v.is_in = 0 THEN v.occurrences ELSE 0 END) AS BIGINT) AS before,
  CAST(w.total_before AS BIGINT) AS total_before
FROM part v CROSS JOIN whole w
GROUP BY v.dimension, v.value, w.total, w.total_before
HAVING sum(CASE WHEN v.is_in = 1 THEN v.occurrences ELSE 0 END) > 0
ORDER BY count DESC, v.dimension, v.value
LIMIT 1000;
