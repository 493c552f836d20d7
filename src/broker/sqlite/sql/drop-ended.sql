-- drop-ended: the oldest jobs of one ended state, beyond what retention keeps.
-- "state >= 3" is the condition of the index job_ended: SQLite looks for it to the letter.
-- :queue_id, :state, :count integer
DELETE FROM job
WHERE id IN (SELECT id FROM job WHERE queue_id = ? AND state >= 3 AND state = ? ORDER BY settled_ms, id LIMIT ? + 0)
RETURNING id
