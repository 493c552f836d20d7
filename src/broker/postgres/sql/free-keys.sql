-- free-keys: keys that their jobs hold no longer.
-- $1 keys json [{queue_id, key, id}]
WITH asked AS MATERIALIZED (
  SELECT * FROM json_to_recordset($1::json) AS asked (queue_id int, key text, id bigint)
)
DELETE FROM hob.job_key
WHERE queue_id = ANY (ARRAY(SELECT queue_id FROM asked)) AND key = ANY (ARRAY(SELECT key FROM asked))
  AND job_id = ANY (ARRAY(SELECT id FROM asked))
