-- queue-counts: one queue's counters.
-- :queue_id integer
SELECT scheduled, ready, running, done, error, cancelled FROM queue WHERE id = ?
