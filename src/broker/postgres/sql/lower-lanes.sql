-- lower-lanes: something goes to a place before where its lane began.
-- $1 lanes json [{queue_id, lane, place}], each pair once; the caller holds the queues' lanes (hold-lanes)
UPDATE hob.lane SET start = asked.place
FROM json_to_recordset($1::json) AS asked (queue_id int, lane smallint, place bigint)
WHERE lane.queue_id = asked.queue_id AND lane.lane = asked.lane AND lane.start > asked.place
