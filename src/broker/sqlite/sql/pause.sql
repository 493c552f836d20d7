-- pause: from now on nobody is given the queue's jobs, or they are again.
-- :paused (0 or 1), :queue_id integer
UPDATE queue SET paused = ? WHERE id = ?
