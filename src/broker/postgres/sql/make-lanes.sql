-- make-lanes: the lanes that jobs of a queue go through.
-- $1 lanes json [{queue, lane}], by the names of queues that are there
INSERT INTO hob.lane (queue_id, lane)
SELECT queue.id, asked.lane
FROM json_to_recordset($1::json) AS asked (queue text, lane smallint) JOIN hob.queue ON queue.name = asked.queue
ORDER BY 1, 2
ON CONFLICT DO NOTHING
