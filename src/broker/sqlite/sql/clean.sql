-- clean: deletes a part of a queue's jobs; the caller repeats it with the last id until none is left.
-- :after, :queue_id, :count_max integer
DELETE FROM job WHERE id IN (SELECT id FROM job WHERE id > ? AND queue_id = ? ORDER BY id LIMIT ? + 0)
RETURNING id, state, epoch
