-- topic-marks: a mark of the records of each topic as they are now, which every put and delete changes.
-- $1 topics json array of texts
-- Returns json: [{topic, mark}]
SELECT coalesce(json_agg(json_build_object('topic', topic, 'mark', (
  SELECT count(*) || ' ' || coalesce(sum(hashint8(version)), 0) FROM hob.record
  WHERE key >= topic || '/' AND key < topic || '0'
))), '[]')::text AS answer
FROM json_array_elements_text($1::json) AS topic
