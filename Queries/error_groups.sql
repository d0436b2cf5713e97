-- Faults with their errors in a range, the most frequent first: one row a component and fingerprint. :since and :until are
-- microseconds UTC or NULL; a range is widened to whole hours. :component is a name or NULL for all; :limit is NULL for 100.
-- occurrences are of the range, total is of all time; both count references, which an inner component counts too (referred).
-- standing: returned after 7 days without the fault; else new when the range has its first error and its component had 1,000
-- executions before the first sight of that error's release, unknown when it had fewer; else known. spreading is 1 when another
-- component had the fault before this one's first error, and that one is in the range.
WITH
  edge (is_whole, lo, hi) AS (
    SELECT CASE WHEN CAST(:since AS BIGINT) IS NULL AND CAST(:until AS BIGINT) IS NULL THEN 1 ELSE 0 END,
      coalesce(CAST(:since AS BIGINT), 0) - coalesce(CAST(:since AS BIGINT), 0) % 3600000000,
      coalesce(CAST(:until AS BIGINT), 4102444800000000) + 3599999999
        - (coalesce(CAST(:until AS BIGINT), 4102444800000000) + 3599999999) % 3600000000),
  part (group_id, occurrences, referred, bucket_at) AS (
    SELECT g.id, CASE WHEN g.occurrences BETWEEN 0 AND 400000000000000 THEN g.occurrences ELSE 0 END,
      CASE WHEN g.referred BETWEEN 0 AND 400000000000000 THEN g.referred ELSE 0 END, CAST(NULL AS BIGINT)
    FROM edge CROSS JOIN error_group g WHERE edge.is_whole = 1
    UNION ALL
    SELECT r.group_id, sum(CASE WHEN r.occurrences BETWEEN 0 AND 400000000000000 THEN r.occurrences ELSE 0 END),
      sum(CASE WHEN r.referred BETWEEN 0 AND 400000000000000 THEN r.referred ELSE 0 END), min(r.bucket_at)
    FROM edge CROSS JOIN error_rollup r
    WHERE edge.is_whole = 0 AND r.resolution = 3600 AND r.bucket_at >= edge.lo AND r.bucket_at < edge.hi
    GROUP BY r.group_id),
  seen AS MATERIALIZED (
    SELECT g.component_id, g.fingerprint, min(p.bucket_at) AS first_bucket, CAST(sum(p.occurrences) AS BIGINT) AS occurrences,
      CAST(sum(p.referred) AS BIGINT) AS referred
    FROM part p JOIN error_group g ON g.id = p.group_id
    GROUP BY g.component_id, g.fingerprint),
  ranked AS (
    SELECT s.component_id, s.fingerprint, g.id, g.release, g.category, g.severity, g.type, g.message, g.first_at, g.last_at,
      g.occurrences, g.last_error_id, s.first_bucket,
      row_number() OVER (PARTITION BY s.component_id, s.fingerprint ORDER BY g.first_at, g.id) AS by_first,
      row_number() OVER (PARTITION BY s.component_id, s.fingerprint ORDER BY g.last_at DESC, g.id DESC) AS by_last
    FROM seen s JOIN error_group g ON g.component_id = s.component_id AND g.fingerprint = s.fingerprint),
  fault AS MATERIALIZED (
    SELECT component_id, fingerprint, min(first_at) AS first_at, max(last_at) AS last_at, count(*) AS releases,
      CAST(sum(CASE WHEN occurrences BETWEEN 0 AND 400000000000000 THEN occurrences ELSE 0 END) AS BIGINT) AS total,
      max(last_error_id) AS last_error_id,
      max(CASE WHEN by_first = 1 THEN release END) AS first_release, max(CASE WHEN by_last = 1 THEN release END) AS last_release,
      max(CASE WHEN by_first = 1 THEN category END) AS category, max(CASE WHEN by_first = 1 THEN severity END) AS severity,
      max(CASE WHEN by_first = 1 THEN type END) AS type, max(CASE WHEN by_first = 1 THEN message END) AS message
    FROM ranked GROUP BY component_id, fingerprint),
  anywhere AS MATERIALIZED (
    SELECT g.fingerprint, min(g.first_at) AS first_at FROM error_group g
    WHERE g.fingerprint IN (SELECT s.fingerprint FROM seen s) GROUP BY g.fingerprint),
  debut AS MATERIALIZED (
    SELECT f.component_id, f.release, coalesce(
      (SELECT min(p.started_at) FROM process p WHERE coalesce(p.release, '') = f.release), 0) AS at
    FROM (SELECT DISTINCT component_id, first_release AS release FROM fault) f),
  earlier AS MATERIALIZED (
    SELECT d.component_id, d.release,
      coalesce((SELECT sum(CASE WHEN o.attempts - o.extra_attempts BETWEEN 0 AND 400000000000000
          THEN o.attempts - o.extra_attempts ELSE 0 END)
        FROM outcome_rollup o
        WHERE o.resolution = 86400 AND o.bucket_at < d.at - d.at % 86400000000 AND o.component_id = d.component_id), 0)
      + coalesce((SELECT sum(CASE WHEN o.attempts - o.extra_attempts BETWEEN 0 AND 400000000000000
          THEN o.attempts - o.extra_attempts ELSE 0 END)
        FROM outcome_rollup o
        WHERE o.resolution = 3600 AND o.bucket_at >= d.at - d.at % 86400000000 AND o.bucket_at < d.at - d.at % 3600000000
          AND o.component_id = d.component_id), 0) AS executions
    FROM debut d)
SELECT
  c.name AS component, f.fingerprint, k.name AS category, v.name AS severity, f.type, f.message, f.first_at, f.last_at,
  s.occurrences, s.referred, f.total, f.releases, f.first_release, f.last_release,
  CASE
    WHEN s.first_bucket IS NOT NULL AND EXISTS (
      SELECT 1 FROM error_group g WHERE g.component_id = f.component_id AND g.fingerprint = f.fingerprint
        AND g.first_at < s.first_bucket)
      AND NOT EXISTS (
        SELECT 1 FROM error_group g JOIN error_rollup r ON r.group_id = g.id AND r.resolution = 3600
        WHERE g.component_id = f.component_id AND g.fingerprint = f.fingerprint
          AND r.bucket_at > s.first_bucket - 608400000000 AND r.bucket_at < s.first_bucket) THEN 'returned'
    WHEN edge.is_whole = 1 OR f.first_at < edge.lo THEN 'known'
    WHEN e.executions >= 1000 THEN 'new'
    ELSE 'unknown' END AS standing,
  CASE WHEN edge.is_whole = 0 AND f.first_at >= edge.lo AND w.first_at < f.first_at THEN 1 ELSE 0 END AS spreading,
  f.last_error_id
FROM edge CROSS JOIN fault f
JOIN seen s ON s.component_id = f.component_id AND s.fingerprint = f.fingerprint
JOIN earlier e ON e.component_id = f.component_id AND e.release = f.first_release
JOIN anywhere w ON w.fingerprint = f.fingerprint
JOIN component c ON c.id = f.component_id
LEFT JOIN category k ON k.id = f.category
LEFT JOIN severity v ON v.id = f.severity
WHERE CAST(:component AS TEXT) IS NULL OR c.name = CAST(:component AS TEXT)
ORDER BY s.occurrences DESC, c.name, f.fingerprint
LIMIT coalesce(CAST(:limit AS BIGINT), 100);
