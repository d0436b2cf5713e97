-- How failures of one component follow from those of another, in a range: one row a component and a component that failed with it.
-- :since and :until are microseconds UTC or NULL. :component is the name of the component that failed first.
-- errors is the number of errors of the other component; with_request those that name a request; shared those whose request failed in
-- :component in the range too; caused those that refer to an error of :component as their cause.
-- Rows of history are found by the ids of the range and of an hour before and after it.
WITH
  edge (lo, hi, lo_id, hi_id) AS (
    SELECT coalesce(CAST(:since AS BIGINT), 0), coalesce(CAST(:until AS BIGINT), 4102444800000000),
      CASE WHEN coalesce(CAST(:since AS BIGINT), 0) <= 1735693200000000 THEN 0
        ELSE (CAST(:since AS BIGINT) / 1000 - 1735693200000) * 4194304 END,
      CASE WHEN CAST(:until AS BIGINT) IS NULL THEN 9223372036854775807
        WHEN CAST(:until AS BIGINT) <= 1735689600000000 THEN 4194304
        ELSE (CAST(:until AS BIGINT) / 1000 - 1735686000000) * 4194304 END),
  origin (id) AS (SELECT c.id FROM component c WHERE c.name = CAST(:component AS TEXT)),
  later AS (
    SELECT e.component_id, CASE WHEN e.occurrences BETWEEN 1 AND 400000000000000 THEN e.occurrences ELSE 1 END AS occurrences,
      CASE WHEN e.request_id IS NULL THEN 0 ELSE 1 END AS has_request,
      CASE WHEN e.request_id IS NOT NULL AND EXISTS (
        SELECT 1 FROM error x
        WHERE x.request_id = e.request_id AND x.component_id = o.id AND x.at >= edge.lo AND x.at < edge.hi) THEN 1 ELSE 0 END AS is_shared,
      CASE WHEN e.cause_id IS NOT NULL AND EXISTS (
        SELECT 1 FROM error x WHERE x.id = e.cause_id AND x.component_id = o.id) THEN 1 ELSE 0 END AS is_caused
    FROM edge CROSS JOIN origin o CROSS JOIN error e
    WHERE e.id >= edge.lo_id AND e.id < edge.hi_id AND e.at >= edge.lo AND e.at < edge.hi AND e.component_id <> o.id)
SELECT
  c.name AS component, CAST(sum(l.occurrences) AS BIGINT) AS errors,
  CAST(sum(CASE WHEN l.has_request = 1 THEN l.occurrences ELSE 0 END) AS BIGINT) AS with_request,
  CAST(sum(CASE WHEN l.is_shared = 1 THEN l.occurrences ELSE 0 END) AS BIGINT) AS shared,
  CAST(sum(CASE WHEN l.is_caused = 1 THEN l.occurrences ELSE 0 END) AS BIGINT) AS caused
FROM later l
JOIN component c ON c.id = l.component_id
GROUP BY c.name
ORDER BY errors DESC, c.name;
