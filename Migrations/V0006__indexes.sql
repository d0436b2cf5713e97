-- History by component. The reads of one component's last rows would otherwise go through a table until they have found
-- enough, which for a quiet component is the whole table. An index holds the row's id as well, so it gives those rows in
-- their order. `health_sample` has none: it takes a row a call, and no report reads it by component.

CREATE INDEX error_by_component ON error (component_id);
CREATE INDEX recovery_by_component ON recovery (component_id);
CREATE INDEX health_check_by_component ON health_check (component_id);
CREATE INDEX breaker_transition_by_component ON breaker_transition (component_id);
CREATE INDEX alert_by_component ON alert (component_id);
