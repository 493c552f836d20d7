-- reset-errors: jobs in error start afresh at their old place. One whose key another job holds by now stays.
-- $1 queue_id int, $2 ids bigint[]
-- Returns how many came back. The caller holds the lanes of the queue (hold-lanes).
WITH asked AS MATERIALIZED (
  SELECT history.* FROM unnest($2::bigint[]) AS asked (id) CROSS JOIN LATERAL (
    SELECT * FROM hob.history WHERE history.id = asked.id AND state = 4 LIMIT 1 FOR UPDATE
  ) AS history
), claimed AS (
  INSERT INTO hob.job_key (queue_id, key, job_id)
  SELECT DISTINCT ON (key) queue_id, key, id FROM asked WHERE key IS NOT NULL AND key_scope = 1 ORDER BY key, id
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
  INSERT INTO hob.tally (queue_id, id, second, ready, error)
  SELECT $1::int, nextval('hob.tally_id'), hob.now_ms() / 1000, count, -count
  FROM (SELECT count(*) AS count FROM back) AS counted WHERE count > 0
), lowered AS (
  UPDATE hob.lane SET start = least(start, earliest.place)
  FROM (SELECT rank, min(due_ms) AS place FROM back GROUP BY rank) AS earliest
  WHERE lane.queue_id = $1::int AND lane.lane = earliest.rank AND start > earliest.place
)
SELECT count(*)::int AS count FROM back
