-- How alike the errors of two ranges are: one row. :since and :until, and :other_since and :other_until, are microseconds UTC; ranges
-- are widened to whole hours. A fault is a component and a fingerprint.
-- shared is the sum over the faults of the lesser of both shares of the errors, united that of the greater: their quotient is the
-- weighted Jaccard index, 1 for the same mixture of faults. common is the number of faults that both ranges have.
WITH
  edge (lo, hi, other_lo, other_hi) AS (
    SELECT CAST(:since AS BIGINT) - CAST(:since AS BIGINT) % 3600000000,
      CAST(:until AS BIGINT) + 3599999999 - (CAST(:until AS BIGINT) + 3599999999) % 3600000000,
      CAST(:other_since AS BIGINT) - CAST(:other_since AS BIGINT) % 3600000000,
      CAST(:other_until AS BIGINT) + 3599999999 - (CAST(:other_until AS BIGINT) + 3599999999) % 3600000000),
  part (component_id, fingerprint, here, there) AS (
    SELECT g.component_id, g.fingerprint, r.occurrences, 0
    FROM edge CROSS JOIN error_rollup r JOIN error_group g ON g.id = r.group_id
    WHERE r.resolution = 3600 AND r.bucket_at >= edge.lo AND r.bucket_at < edge.hi
    UNION ALL
    SELECT g.component_id, g.fingerprint, 0, r.occurrences
    FROM edge CROSS JOIN error_rollup r JOIN error_group g ON g.id = r.group_id
    WHERE r.resolution = 3600 AND r.bucket_at >= edge.other_lo AND r.bucket_at < edge.other_hi),
  fault AS MATERIALIZED (
    SELECT component_id, fingerprint,
      CAST(sum(CASE WHEN here BETWEEN 0 AND 400000000000000 THEN here ELSE 0 END) AS DOUBLE PRECISION) AS here,
      CAST(sum(CASE WHEN there BETWEEN 0 AND 400000000000000 THEN there ELSE 0 END) AS DOUBLE PRECISION) AS there
    FROM part GROUP BY component_id, fingerprint),
  whole (here, there) AS (SELECT coalesce(sum(here), 0.0), coalesce(sum(there), 0.0) FROM fault),
  share AS (
    SELECT CASE WHEN w.here > 0 THEN f.here / w.here ELSE 0.0 END AS here,
      CASE WHEN w.there > 0 THEN f.there / w.there ELSE 0.0 END AS there
    FROM whole w CROSS JOIN fault f)
SELECT
  coalesce(sum(CASE WHEN here < there THEN here ELSE there END), 0.0) AS shared,
  coalesce(sum(CASE WHEN here < there THEN there ELSE here END), 0.0) AS united,
  CAST(coalesce(sum(CASE WHEN here > 0 AND there > 0 THEN 1 ELSE 0 END), 0) AS BIGINT) AS common
FROM share;
