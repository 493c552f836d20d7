-- oldest-ended: when the oldest jobs of one ended state ended; decides which state to drop from first.
-- "state >= 3" is the condition of the index job_ended: SQLite looks for it to the letter.
-- :queue_id, :state, :count integer
SELECT settled_ms FROM job WHERE queue_id = ? AND state >= 3 AND state = ? ORDER BY settled_ms, id LIMIT ?
