-- clean-history: deletes a part of a queue's jobs that have ended; the caller repeats it until none is left.
-- $1 queue_id int, $2 after bigint, $3 count_max int
-- Returns how many, and the last id.
WITH gone AS (
  DELETE FROM hob.history WHERE id = ANY (ARRAY(
    SELECT id FROM hob.history WHERE id > $2::bigint AND queue_id = $1::int ORDER BY id LIMIT $3::int FOR UPDATE
  )) RETURNING id, state, key, traces
), freed AS (
  DELETE FROM hob.job_key
  WHERE queue_id = $1::int AND key = ANY (ARRAY(SELECT key FROM gone WHERE key IS NOT NULL))
    AND job_id = ANY (ARRAY(SELECT id FROM gone WHERE key IS NOT NULL))
), untraced AS (
  DELETE FROM hob.attempt WHERE job_id = ANY (ARRAY(SELECT id FROM gone WHERE traces > 0))
), told AS (
  INSERT INTO hob.tally (queue_id, id, second, done, error, cancelled)
  SELECT $1::int, nextval('hob.tally_id'), hob.now_ms() / 1000, -done, -error, -cancelled FROM (
    SELECT count(*) FILTER (WHERE state = 3) AS done, count(*) FILTER (WHERE state = 4) AS error,
      count(*) FILTER (WHERE state = 5) AS cancelled
    FROM gone
  ) AS counted WHERE done + error + cancelled > 0
)
SELECT count(*)::int AS count, max(id) AS last FROM gone
