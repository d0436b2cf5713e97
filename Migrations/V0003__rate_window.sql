-- What the window of a rate rule held, so that a restart does not begin it anew.

ALTER TABLE breaker ADD COLUMN window_calls INTEGER NOT NULL DEFAULT 0;
ALTER TABLE breaker ADD COLUMN window_failures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE breaker ADD COLUMN window_slow_calls INTEGER NOT NULL DEFAULT 0;

DROP VIEW v_breakers;
CREATE VIEW v_breakers AS
SELECT c.name AS component, s.name AS state, b.failure_count, b.success_count, b.consecutive_trips,
  b.probe_rounds,
  strftime('%Y-%m-%dT%H:%M:%S', b.tripped_at / 1000000, 'unixepoch') || printf('.%06dZ', b.tripped_at % 1000000) AS tripped,
  strftime('%Y-%m-%dT%H:%M:%S', b.open_until_at / 1000000, 'unixepoch') || printf('.%06dZ', b.open_until_at % 1000000) AS open_until,
  b.trip_error_id,
  strftime('%Y-%m-%dT%H:%M:%S', b.last_failure_at / 1000000, 'unixepoch') || printf('.%06dZ', b.last_failure_at % 1000000) AS last_failure,
  b.override, b.override_actor, b.override_reason,
  strftime('%Y-%m-%dT%H:%M:%S', b.override_expires_at / 1000000, 'unixepoch') || printf('.%06dZ', b.override_expires_at % 1000000) AS override_expires,
  b.version, b.window_calls, b.window_failures, b.window_slow_calls
FROM breaker b
JOIN component c ON c.id = b.component_id
JOIN breaker_state s ON s.id = b.state;
