-- drop-done: the oldest jobs that went well, that retention does not keep.
-- $1 queue_id int, $2 count int, $3 ended_by bigint: what ended later stays
-- Returns how many.
WITH old AS MATERIALIZED (
  SELECT ctid AS at FROM hob.history
  WHERE queue_id = $1::int AND state = 3
    AND settled_ms >= (SELECT start FROM hob.lane WHERE queue_id = $1::int AND lane = 2003) AND settled_ms <= $3::bigint
  ORDER BY settled_ms, id LIMIT $2::int
  FOR UPDATE SKIP LOCKED
), gone AS (
  DELETE FROM hob.history WHERE ctid = ANY (ARRAY(SELECT at FROM old)) RETURNING id, state, key, traces
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
SELECT count(*)::int AS count FROM gone
