-- Incidents: one row a member, an episode of a component; the incident's figures are repeated. Rule version 1.
-- :since and :until are microseconds UTC or NULL: incidents that overlap the range. :component is a name or NULL: incidents with
-- this member, and all of their members. :threshold is in hundredths of a percent (500: 5 %), :min_failures at least 3, :quiet
-- and :longest are microseconds (5 minutes, 24 hours), :by_component is 1 to join no components, :now is NULL for the last write.
--
-- A minute of a component is bad with at least :min_failures failures that are :threshold of its attempts, with a rejected call,
-- while its circuit is not closed, or in a row of three minutes with attempts that all failed, at most an hour apart from one
-- to the next. An open circuit counts up to the end of its wait: later calls show what it does. A half-open one counts for :quiet.
-- An episode is bad minutes with holes of up to :quiet; between minutes of such a row, a hole has no attempt that succeeded and
-- ends nothing. An incident is episodes that overlap, directly or through others; after :longest the next episode begins
-- another one, whose previous_component and previous_at name the one before. Components named alert.* open none: role says could_not_tell.
-- Members are in the order in which they began to fail; first_component is the first by the minute, then by name.
-- The search begins 31 days before :since and ends 31 days after :until.
WITH RECURSIVE
  given (since, until, threshold, min_failures, quiet, longest, by_component, now) AS (
    SELECT coalesce(CAST(:since AS BIGINT), 0), coalesce(CAST(:until AS BIGINT), 4102444800000000),
      coalesce(CAST(:threshold AS BIGINT), 500), coalesce(CAST(:min_failures AS BIGINT), 3),
      coalesce(CAST(:quiet AS BIGINT), 300000000), coalesce(CAST(:longest AS BIGINT), 86400000000),
      coalesce(CAST(:by_component AS BIGINT), 0),
      coalesce(CAST(:now AS BIGINT), (SELECT max(p.last_write_at) FROM process p), 0)),
  setting (since, until, lo, hi, first_id, threshold, min_failures, quiet, longest, by_component, now) AS (
    SELECT since, until, since - 2678400000000, CASE WHEN until + 2678400000000 < now THEN until + 2678400000000 ELSE now END,
      CASE WHEN since - 2678400000000 <= 1735689600000000 THEN 0
        ELSE ((since - 2678400000000) / 1000 - 1735693200000) * 4194304 END,
      threshold, min_failures, quiet, longest, by_component, now
    FROM given),
  minute AS MATERIALIZED (
    SELECT m.component_id, m.minute_at AS lo, CAST(sum(m.failures) AS BIGINT) AS failures,
      CAST(sum(m.successes) AS BIGINT) AS successes, CAST(sum(m.rejected) AS BIGINT) AS rejected
    FROM setting s CROSS JOIN v_trouble_minutes m
    WHERE m.minute_at >= s.lo AND m.minute_at < s.hi
    GROUP BY m.minute_at, m.component_id),
  failing AS (
    SELECT component_id, lo, lag(lo) OVER (PARTITION BY component_id ORDER BY lo) AS before_lo
    FROM minute WHERE failures > 0 AND successes = 0),
  linked AS (
    SELECT f.component_id, f.lo, f.before_lo,
      CASE WHEN f.before_lo IS NULL OR f.lo - f.before_lo > 3600000000 THEN 0
        WHEN f.lo - f.before_lo <= 60000000 THEN 1
        WHEN EXISTS (
          SELECT 1 FROM sample_rollup x
          WHERE x.resolution = 60 AND x.bucket_at > f.before_lo AND x.bucket_at < f.lo AND x.component_id = f.component_id
            AND x.successes > 0) THEN 0
        ELSE 1 END AS is_linked
    FROM failing f),
  line AS MATERIALIZED (
    SELECT component_id, lo, before_lo, is_linked,
      coalesce(lag(is_linked) OVER (PARTITION BY component_id ORDER BY lo), 0) AS former,
      coalesce(lead(is_linked) OVER (PARTITION BY component_id ORDER BY lo), 0) AS next,
      coalesce(lead(is_linked, 2) OVER (PARTITION BY component_id ORDER BY lo), 0) AS second
    FROM linked),
  change AS (
    SELECT t.component_id, t.at, t.to_state, t.open_until_at,
      lead(t.at) OVER (PARTITION BY t.component_id ORDER BY t.id) AS next_at
    FROM setting s CROSS JOIN breaker_transition t
    WHERE t.id >= s.first_id),
  unclosed AS (
    SELECT c.component_id, c.at,
      CASE WHEN c.to_state = 1 AND c.open_until_at IS NOT NULL THEN c.open_until_at ELSE c.at + s.quiet END AS wait_end,
      CASE WHEN c.next_at IS NULL OR c.next_at > s.now THEN s.now ELSE c.next_at END AS next_at
    FROM setting s CROSS JOIN change c
    WHERE c.to_state <> 0 AND c.at >= 0 AND c.at >= s.lo AND c.at < s.hi),
  bad AS (
    SELECT m.component_id, m.lo,
      m.lo / 60000000 - row_number() OVER (PARTITION BY m.component_id ORDER BY m.lo) AS run
    FROM setting s CROSS JOIN minute m
    WHERE m.rejected > 0
      OR (m.failures >= s.min_failures AND m.failures * 10000 >= s.threshold * (m.failures + m.successes))),
  piece (component_id, lo, hi) AS (
    SELECT component_id, min(lo), max(lo) + 60000000 FROM bad GROUP BY component_id, run
    UNION ALL
    SELECT component_id, lo, lo + 60000000 FROM line
    WHERE (is_linked = 1 AND (former = 1 OR next = 1)) OR (next = 1 AND second = 1)
    UNION ALL
    SELECT component_id, at - at % 60000000,
      CASE WHEN next_at <= at OR wait_end <= at THEN at - at % 60000000 + 60000000
        WHEN next_at < wait_end THEN next_at + 59999999 - (next_at + 59999999) % 60000000
        ELSE wait_end + 59999999 - (wait_end + 59999999) % 60000000 END
    FROM unclosed),
  piece_mark AS (
    SELECT component_id, lo, hi,
      CASE WHEN lo <= max(hi) OVER (
        PARTITION BY component_id ORDER BY lo, hi ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) THEN 0 ELSE 1 END AS begins
    FROM piece),
  piece_number AS (
    SELECT component_id, lo, hi,
      sum(begins) OVER (PARTITION BY component_id ORDER BY lo, hi ROWS UNBOUNDED PRECEDING) AS number
    FROM piece_mark),
  span (component_id, lo, hi, bad) AS (
    SELECT component_id, min(lo), max(hi), max(hi) - min(lo) FROM piece_number GROUP BY component_id, number
    UNION ALL
    SELECT component_id, before_lo, lo + 60000000, 0 FROM line WHERE is_linked = 1 AND (former = 1 OR next = 1)),
  span_mark AS (
    SELECT p.component_id, p.lo, p.hi, p.bad,
      CASE WHEN p.lo <= s.quiet + max(p.hi) OVER (
        PARTITION BY p.component_id ORDER BY p.lo, p.hi ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) THEN 0 ELSE 1 END AS begins
    FROM setting s CROSS JOIN span p),
  span_number AS (
    SELECT component_id, lo, hi, bad,
      sum(begins) OVER (PARTITION BY component_id ORDER BY lo, hi ROWS UNBOUNDED PRECEDING) AS number
    FROM span_mark),
  episode AS MATERIALIZED (
    SELECT n.component_id, c.name, min(n.lo) AS lo, max(n.hi) AS hi, CAST(sum(n.bad) AS BIGINT) AS bad,
      CASE WHEN substr(c.name, 1, 6) = 'alert.' THEN 0 ELSE 1 END AS is_member
    FROM span_number n JOIN component c ON c.id = n.component_id
    GROUP BY n.component_id, c.name, n.number),
  island_mark AS (
    SELECT e.component_id, e.name, e.lo, e.hi, e.bad,
      CASE WHEN s.by_component = 0 AND e.lo < max(e.hi) OVER (
        ORDER BY e.lo, e.hi, e.component_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) THEN 0 ELSE 1 END AS begins
    FROM setting s CROSS JOIN episode e WHERE e.is_member = 1),
  island AS MATERIALIZED (
    SELECT component_id, name, lo, hi, bad, sum(begins) OVER (ORDER BY lo, hi, component_id ROWS UNBOUNDED PRECEDING) AS number
    FROM island_mark),
  extent AS MATERIALIZED (
    SELECT number, min(lo) AS lo, max(lo) AS last_lo FROM island GROUP BY number),
  anchor (number, at) AS (
    SELECT w.number, w.lo FROM setting s CROSS JOIN extent w WHERE w.last_lo - w.lo >= s.longest
    UNION ALL
    SELECT a.number, (SELECT min(i.lo) FROM island i WHERE i.number = a.number AND i.lo >= a.at + s.longest)
    FROM setting s CROSS JOIN anchor a JOIN extent w ON w.number = a.number
    WHERE w.last_lo >= a.at + s.longest),
  member AS MATERIALIZED (
    SELECT i.component_id, i.name, i.lo, i.hi, i.bad, i.number,
      CASE WHEN w.last_lo - w.lo < s.longest THEN w.lo
        ELSE (SELECT max(a.at) FROM anchor a WHERE a.number = i.number AND a.at <= i.lo) END AS start,
      row_number() OVER (PARTITION BY i.number ORDER BY i.lo, i.name) AS place
    FROM setting s CROSS JOIN island i JOIN extent w ON w.number = i.number),
  incident AS MATERIALIZED (
    SELECT m.number, m.start, min(m.lo) AS lo, max(m.hi) AS hi, min(m.place) AS place,
      CASE WHEN max(m.lo) >= min(m.hi) THEN 1 ELSE 0 END AS chained,
      lag(min(m.lo)) OVER (PARTITION BY m.number ORDER BY m.start) AS previous_at,
      lag(min(m.place)) OVER (PARTITION BY m.number ORDER BY m.start) AS previous_place,
      max(CASE WHEN CAST(:component AS TEXT) IS NULL OR m.name = CAST(:component AS TEXT) THEN 1 ELSE 0 END) AS is_asked
    FROM member m GROUP BY m.number, m.start),
  shown AS MATERIALIZED (
    SELECT i.number, i.start, i.lo, i.hi, i.chained, i.previous_at, f.name AS first_component,
      (SELECT h.name FROM member h WHERE h.number = i.number AND h.place = i.previous_place) AS previous_component,
      CASE WHEN s.now < i.hi + s.quiet THEN 1 ELSE 0 END AS ongoing,
      CASE WHEN s.now < i.hi + s.quiet OR EXISTS (
        SELECT 1 FROM process p
        WHERE p.ended_at IS NULL AND p.last_write_at < s.now - 10000000 AND p.last_write_at < i.hi + s.quiet)
        THEN 1 ELSE 0 END AS provisional
    FROM setting s CROSS JOIN incident i JOIN member f ON f.number = i.number AND f.place = i.place
    WHERE i.hi > s.since AND i.lo < s.until AND i.is_asked = 1),
  part AS (
    SELECT i.number, i.start, m.component_id, m.name, m.lo, m.hi, m.bad, 'member' AS role, m.place
    FROM shown i JOIN member m ON m.number = i.number AND m.start = i.start
    UNION ALL
    SELECT i.number, i.start, e.component_id, e.name, e.lo, e.hi, e.bad, 'could_not_tell', 1000000000
    FROM shown i JOIN episode e ON e.is_member = 0 AND e.lo < i.hi AND e.hi > i.lo),
  timed AS MATERIALIZED (
    SELECT p.number, p.start, p.component_id, p.name, p.lo, p.hi, p.bad, p.role, p.place,
      (SELECT x.at FROM error x
        WHERE x.component_id = p.component_id AND x.id >= (p.lo / 1000 - 1735689600000) * 4194304
          AND x.id < (p.lo / 1000 - 1735689540000) * 4194304 AND x.at >= p.lo AND x.at < p.lo + 60000000
        ORDER BY x.id LIMIT 1) AS error_at,
      (SELECT x.at FROM rejected_call x
        WHERE x.component_id = p.component_id AND x.id >= (p.lo / 1000 - 1735689600000) * 4194304
          AND x.id < (p.lo / 1000 - 1735689540000) * 4194304 AND x.at >= p.lo AND x.at < p.lo + 60000000
        ORDER BY x.id LIMIT 1) AS rejected_at,
      (SELECT x.at FROM breaker_transition x
        WHERE x.component_id = p.component_id AND x.id >= (p.lo / 1000 - 1735689600000) * 4194304
          AND x.id < (p.lo / 1000 - 1735689540000) * 4194304 AND x.at >= p.lo AND x.at < p.lo + 60000000
          AND x.to_state <> 0
        ORDER BY x.id LIMIT 1) AS opened_at
    FROM part p),
  dated AS (
    SELECT g.number, g.start, g.component_id, g.name, g.lo, g.hi, g.bad, g.role, g.place,
      CASE WHEN g.error_at <= coalesce(g.rejected_at, g.error_at) AND g.error_at <= coalesce(g.opened_at, g.error_at)
          THEN g.error_at
        WHEN g.rejected_at <= coalesce(g.opened_at, g.rejected_at) THEN g.rejected_at
        ELSE g.opened_at END AS exact_at
    FROM timed g),
  begun AS MATERIALIZED (
    SELECT number, start, min(coalesce(exact_at, lo)) AS started_at FROM dated WHERE role = 'member' GROUP BY number, start)
SELECT
  i.first_component, i.lo AS incident_at, b.started_at, i.hi AS ended_at, i.ongoing, i.provisional, i.chained, i.previous_component,
  i.previous_at, d.name AS component, d.role, coalesce(d.exact_at, d.lo) AS episode_started_at, d.hi AS episode_ended_at,
  CASE WHEN d.exact_at IS NULL THEN 0 ELSE 1 END AS is_exact, d.bad / 60000000 AS bad_minutes,
  coalesce((SELECT CAST(sum(m.failures) AS BIGINT) FROM v_trouble_minutes m
    WHERE m.minute_at >= d.lo AND m.minute_at < d.hi AND m.component_id = d.component_id), 0) AS failures,
  coalesce((SELECT CAST(sum(m.successes) AS BIGINT) FROM v_trouble_minutes m
    WHERE m.minute_at >= d.lo AND m.minute_at < d.hi AND m.component_id = d.component_id), 0) AS successes,
  coalesce((SELECT CAST(sum(m.rejected) AS BIGINT) FROM v_trouble_minutes m
    WHERE m.minute_at >= d.lo AND m.minute_at < d.hi AND m.component_id = d.component_id), 0) AS rejected,
  s.now AS computed_at, 1 AS rule_version, s.threshold, s.min_failures, s.quiet, s.longest, s.by_component
FROM setting s CROSS JOIN shown i
JOIN begun b ON b.number = i.number AND b.start = i.start
JOIN dated d ON d.number = i.number AND d.start = i.start
ORDER BY i.lo, i.first_component, CASE WHEN d.role = 'member' THEN 0 ELSE 1 END, coalesce(d.exact_at, d.lo), d.place, d.lo, d.name;
