-- make-queues: a queue's first job, or its first pause, makes it known; it stays known when its jobs are gone. Who waits for it is told.
-- $1 names json array of texts
INSERT INTO hob.queue (name) SELECT name FROM json_array_elements_text($1::json) AS name ORDER BY name
ON CONFLICT (name) DO NOTHING
RETURNING pg_notify('hob:channel', '?' || name)
