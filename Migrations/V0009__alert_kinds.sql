-- Kinds of alerts that the check on `kind` does not have: they stand in `detail`, and `kind` has the nearest one, so that a
-- program from before this step still follows what receivers were sent. NULL: `kind` is the kind.

ALTER TABLE alert ADD COLUMN detail TEXT;

DROP VIEW v_alerts;
CREATE VIEW v_alerts AS
SELECT a.id,
  strftime('%Y-%m-%dT%H:%M:%S', a.at / 1000000, 'unixepoch') || printf('.%06dZ', a.at % 1000000) AS time,
  c.name AS component, coalesce(a.detail, a.kind) AS kind, s.name AS status, p.name AS previous_status, a.message,
  a.process_id, a.kind = 'recovered' AS resolved
FROM alert a
JOIN component c ON c.id = a.component_id
JOIN health_status s ON s.id = a.status
LEFT JOIN health_status p ON p.id = a.previous_status;
