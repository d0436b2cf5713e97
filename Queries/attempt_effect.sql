-- Which attempt helps, for which error: one row a component, category and number of the attempt, from the rows of retries. :since and
-- :until are microseconds UTC or NULL. :component is a name or NULL for all.
-- tried counts executions whose attempt before this one failed and that made this one; won those that it ended with success. Only the
-- first 20 attempts of an execution are shown. duration_us is the time that retrying took in the executions that this attempt ended.
-- category is NULL when the error's row is gone. Merged rows are left out: merged has the number of their executions, the same in each
-- row of a component. Cancelled and interrupted retries are left out too.
-- Rows of history are found by the ids of the range and of an hour before and after it.
WITH RECURSIVE
  edge (lo, hi, lo_id, hi_id) AS (
    SELECT coalesce(CAST(:since AS BIGINT), 0), coalesce(CAST(:until AS BIGINT), 4102444800000000),
      CASE WHEN coalesce(CAST(:since AS BIGINT), 0) <= 1735693200000000 THEN 0
        ELSE (CAST(:since AS BIGINT) / 1000 - 1735693200000) * 4194304 END,
      CASE WHEN CAST(:until AS BIGINT) IS NULL THEN 9223372036854775807
        WHEN CAST(:until AS BIGINT) <= 1735689600000000 THEN 4194304
        ELSE (CAST(:until AS BIGINT) / 1000 - 1735686000000) * 4194304 END),
  retry AS (
    SELECT r.component_id, r.error_id, r.attempts, r.success, CASE WHEN r.occurrences > 1 THEN 1 ELSE 0 END AS is_merged,
      CASE WHEN r.occurrences BETWEEN 1 AND 400000000000000 THEN r.occurrences ELSE 0 END AS occurrences,
      CASE WHEN r.duration_us BETWEEN 0 AND 400000000000000 THEN r.duration_us ELSE 0 END AS duration_us
    FROM edge CROSS JOIN recovery r
    WHERE r.id >= edge.lo_id AND r.id < edge.hi_id AND r.at >= edge.lo AND r.at < edge.hi AND r.action IN (0, 1)
      AND r.outcome IN ('succeeded', 'failed')),
  ended AS MATERIALIZED (
    SELECT t.component_id, e.category, t.is_merged, t.attempts, t.success, count(*) AS executions,
      sum(t.occurrences) AS occurrences, sum(t.duration_us) AS duration_us
    FROM retry t LEFT JOIN error e ON e.id = t.error_id
    GROUP BY t.component_id, e.category, t.is_merged, t.attempts, t.success),
  merged AS (
    SELECT n.component_id, sum(n.occurrences) AS executions FROM ended n WHERE n.is_merged = 1 GROUP BY n.component_id),
  number (attempt) AS (SELECT 2 UNION ALL SELECT attempt + 1 FROM number WHERE attempt < 20)
SELECT
  c.name AS component, k.name AS category, m.attempt, CAST(sum(n.executions) AS BIGINT) AS tried,
  CAST(sum(CASE WHEN n.attempts = m.attempt AND n.success = 1 THEN n.executions ELSE 0 END) AS BIGINT) AS won,
  CAST(sum(CASE WHEN n.attempts = m.attempt THEN n.executions ELSE 0 END) AS BIGINT) AS ended,
  CAST(sum(CASE WHEN n.attempts = m.attempt THEN n.duration_us ELSE 0 END) AS BIGINT) AS duration_us,
  CAST(coalesce(max(g.executions), 0) AS BIGINT) AS merged
FROM number m JOIN ended n ON n.is_merged = 0 AND n.attempts >= m.attempt
JOIN component c ON c.id = n.component_id
LEFT JOIN category k ON k.id = n.category
LEFT JOIN merged g ON g.component_id = n.component_id
WHERE CAST(:component AS TEXT) IS NULL OR c.name = CAST(:component AS TEXT)
GROUP BY c.name, k.name, m.attempt
ORDER BY c.name, k.name, m.attempt;
