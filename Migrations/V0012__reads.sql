-- Reads that went through a table. What one request met is found by its id; only rows with a request have an entry, so
-- calls without one write nothing more. The last alerts are found by their positions in the feed.

CREATE INDEX error_by_request ON error (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX recovery_by_request ON recovery (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX rejected_call_by_request ON rejected_call (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX feed_alert_position ON feed (position) WHERE kind = 4;
