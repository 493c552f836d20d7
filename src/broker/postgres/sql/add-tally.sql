-- add-tally: what a transaction changed in the counters of queues, and a call for those who wait there.
-- $1 changes json [{queue_id, queue, second, scheduled, ready, running, done, error, cancelled, ended, rings}], $2 now_ms
-- Returns json: whether the clock was turned back.
WITH asked AS MATERIALIZED (
  SELECT * FROM json_to_recordset($1::json) AS asked (queue_id int, queue text, second bigint, scheduled int, ready int,
    running int, done int, error int, cancelled int, ended int, rings boolean)
), told AS (
  INSERT INTO hob.tally (queue_id, id, second, scheduled, ready, running, done, error, cancelled, ended)
  SELECT queue_id, nextval('hob.tally_id'), second, scheduled, ready, running, done, error, cancelled, ended FROM asked
)
SELECT coalesce($2::bigint < pg_sequence_last_value('hob.front'), false)::text AS answer, bool_or(has_rung) AS has_rung FROM (
  SELECT CASE WHEN rings THEN hob.ring(queue_id, '?' || queue) END AS has_rung FROM asked
) AS told
