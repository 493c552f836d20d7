-- hold-ended: jobs of leases of one queue that are to end before their time or have ended, held until the transaction ends.
-- $1 queue_id int, $2 count_max int, $3 gone nodes json array of texts, $4 whether all leases
-- What another transaction holds at this moment is passed over: it is being settled, or returned already.
-- Returns json: [{id, queue_id, due_ms, rank, failures, crashes, traces, key, key_scope, epoch, node, taken_ms, until_ms}]
WITH clock AS MATERIALIZED (
  SELECT hob.now_ms() AS ms
), ended AS MATERIALIZED (
  SELECT epoch, node, taken_ms, until_ms, jobs FROM hob.lease
  WHERE lease.queue_id = $1::int
    AND until_ms >= (SELECT start FROM hob.lane WHERE lane.queue_id = $1::int AND lane.lane = 2001)
    AND ($4::boolean OR until_ms <= (SELECT ms FROM clock)
      OR node = ANY (ARRAY(SELECT json_array_elements_text($3::json))))
  ORDER BY until_ms LIMIT 10000
  FOR UPDATE SKIP LOCKED
), held AS MATERIALIZED (
  SELECT job.id, queue_id, due_ms, rank, failures, crashes, traces, key, key_scope, epoch, node, taken_ms, until_ms
  FROM ended CROSS JOIN LATERAL unnest(jobs) AS held (id) CROSS JOIN LATERAL (
    SELECT * FROM hob.job WHERE job.id = held.id AND fence < ended.epoch LIMIT 1 FOR UPDATE SKIP LOCKED
  ) AS job
  LIMIT $2::int
)
SELECT coalesce(json_agg(held), '[]')::text AS answer FROM held
