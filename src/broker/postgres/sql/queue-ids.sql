-- queue-ids: queues by their names, with the lanes of those that have jobs of these ranks already.
-- $1 names json array of texts
-- Returns json: [{name, id, lanes: [lane]}]
SELECT coalesce(json_agg(json_build_object('name', name, 'id', id,
  'lanes', (SELECT coalesce(json_agg(lane), '[]') FROM hob.lane WHERE queue_id = queue.id))), '[]')::text AS answer
FROM hob.queue WHERE name IN (SELECT json_array_elements_text($1::json))
