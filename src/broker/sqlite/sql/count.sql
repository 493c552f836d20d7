-- count: moves a queue's counters by what one transaction did.
-- :scheduled, :ready, :running, :done, :error, :cancelled integer (changes), :queue_id integer
UPDATE queue
SET scheduled = scheduled + ?, ready = ready + ?, running = running + ?,
    done = done + ?, error = error + ?, cancelled = cancelled + ?
WHERE id = ?
