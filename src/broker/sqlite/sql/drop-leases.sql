-- drop-leases: all leases of a queue that is cleaned.
-- :queue_id integer
DELETE FROM lease WHERE queue_id = ?
