-- bring-back: jobs in error or cancelled start afresh at their old place. One whose key another job holds by now stays.
-- $1 ids bigint[], of jobs that have the same key the first first, $2 states smallint[]: jobs in others stay
-- Returns json: the ids of those that came back. The caller holds the lanes of their queues (hold-lanes).
WITH asked AS MATERIALIZED (
  SELECT turn, history.* FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (wanted_id, turn) CROSS JOIN LATERAL (
    SELECT * FROM hob.history WHERE history.id = wanted_id AND state = ANY ($2::smallint[]) LIMIT 1 FOR UPDATE
  ) AS history
), claimed AS (
  INSERT INTO hob.job_key (queue_id, key, job_id)
  SELECT DISTINCT ON (queue_id, key) queue_id, key, id FROM asked
  WHERE key IS NOT NULL AND key_scope = 1 ORDER BY queue_id, key, turn
  ON CONFLICT DO NOTHING
  RETURNING job_id
), back AS MATERIALIZED (
  SELECT * FROM asked WHERE key IS NULL OR key_scope = 2 OR id IN (SELECT job_id FROM claimed)
), gone AS (
  DELETE FROM hob.history WHERE id = ANY (ARRAY(SELECT id FROM back))
), made AS (
  INSERT INTO hob.job (id, fence, due_ms, sent_ms, attempts_max, queue_id, traces, rank, priority, key_scope, key, payload)
  SELECT id, epoch, due_ms, sent_ms, attempts_max, queue_id, traces, rank, priority, key_scope, key, payload FROM back
), lined AS (
  INSERT INTO hob.line (queue_id, lane, place, id)
  SELECT queue_id, rank, CASE WHEN rank = -1001 THEN -id ELSE due_ms END, id FROM back
), told AS (
  INSERT INTO hob.tally (queue_id, id, second, ready, error, cancelled)
  SELECT queue_id, nextval('hob.tally_id'), hob.now_ms() / 1000, error + cancelled, -error, -cancelled FROM (
    SELECT queue_id, count(*) FILTER (WHERE state = 4) AS error, count(*) FILTER (WHERE state = 5) AS cancelled
    FROM back GROUP BY queue_id
  ) AS counted
), lowered AS (
  UPDATE hob.lane SET start = least(start, earliest.place)
  FROM (SELECT queue_id, rank, min(due_ms) AS place FROM back GROUP BY queue_id, rank) AS earliest
  WHERE lane.queue_id = earliest.queue_id AND lane.lane = earliest.rank AND start > earliest.place
)
SELECT coalesce(json_agg(id), '[]')::text AS answer, (
  SELECT bool_or(hob.ring(queue_id, '?' || (SELECT name FROM hob.queue WHERE queue.id = queue_id)))
  FROM (SELECT DISTINCT queue_id FROM back) AS rung
) AS has_rung
FROM back
