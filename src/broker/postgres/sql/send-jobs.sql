-- send-jobs: new jobs of all kinds. A key that somebody took meanwhile is a unique violation.
-- $1 jobs json [{queue, rank, priority, due_ms, sent_ms, is_due, attempts_max, key, key_scope, payload}], in their order
-- Returns json: their ids, rising.
WITH asked AS MATERIALIZED (
  SELECT nextval('hob.job_id') AS id, asked.*
  FROM json_to_recordset($1::json) AS asked (queue_id int, rank smallint, priority smallint, due_ms bigint,
    sent_ms bigint, is_due boolean, attempts_max bigint, key text, key_scope smallint, payload text)
), sent AS (
  INSERT INTO hob.job (id, due_ms, sent_ms, attempts_max, queue_id, rank, priority, key_scope, key, payload)
  SELECT id, due_ms, sent_ms, attempts_max, queue_id, rank, priority, key_scope, key, payload FROM asked
), lined AS (
  INSERT INTO hob.line (queue_id, lane, place, id)
  SELECT queue_id, CASE WHEN is_due THEN rank ELSE 2000 END, CASE WHEN rank = -1001 THEN -id ELSE due_ms END, id
  FROM asked
), keyed AS (
  INSERT INTO hob.job_key (queue_id, key, job_id)
  SELECT queue_id, key, id FROM asked WHERE key IS NOT NULL ORDER BY queue_id, key
)
SELECT json_agg(id ORDER BY id)::text AS answer FROM asked
