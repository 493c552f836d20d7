-- oldest-ended: which jobs of one ended state ended first; decides which state to drop from first.
-- "state >= 3" is the condition of the index job_ended: SQLite looks for it to the letter.
-- :queue_id, :state, :count integer
SELECT id, settled_ms FROM job WHERE queue_id = ? AND state >= 3 AND state = ? ORDER BY settled_ms, id LIMIT ? + 0
