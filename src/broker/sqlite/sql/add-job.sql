-- add-job: one new job. Nothing happens when its key is held: the caller reads the holder then.
-- Twelve values in the order of the columns named here.
INSERT INTO job (id, queue_id, state, rank, place, due_ms, sent_ms, priority, attempts_max, key, key_scope, payload)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
