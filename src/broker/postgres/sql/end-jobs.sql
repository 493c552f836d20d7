-- end-jobs: jobs that have ended become history. The transaction holds them.
-- $1 ends json [{id, epoch, state, failures, crashes, traces, node, started_ms, settled_ms, exit_code, error, result}]
WITH ended AS MATERIALIZED (
  SELECT * FROM json_to_recordset($1::json) AS ended (id bigint, epoch bigint, state smallint, failures int,
    crashes smallint, traces int, node text, started_ms bigint, settled_ms bigint, exit_code bigint, error text, result text)
), kept AS (
  INSERT INTO hob.history (id, due_ms, sent_ms, started_ms, settled_ms, attempts_max, exit_code, epoch, queue_id,
    failures, traces, state, rank, priority, crashes, key_scope, key, node, error, result, payload)
  SELECT ended.id, due_ms, sent_ms, started_ms, settled_ms, attempts_max, exit_code, ended.epoch, queue_id,
    ended.failures, ended.traces, ended.state, rank, priority, ended.crashes, key_scope, key, ended.node, ended.error,
    ended.result, payload
  FROM ended CROSS JOIN LATERAL (SELECT * FROM hob.job WHERE job.id = ended.id LIMIT 1) AS job
)
DELETE FROM hob.job WHERE id = ANY (ARRAY(SELECT id FROM ended))
