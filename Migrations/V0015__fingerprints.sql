-- The errors of a group are found by its fingerprint. An index holds the row's id as well, so it gives them in their order.

CREATE INDEX error_by_fingerprint ON error (fingerprint);
