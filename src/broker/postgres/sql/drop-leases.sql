-- drop-leases: leases of one queue that hold no job any longer.
-- $1 queue_id int
DELETE FROM hob.lease
WHERE epoch = ANY (ARRAY(
  SELECT epoch FROM hob.lease
  WHERE queue_id = $1::int AND until_ms >= (SELECT start FROM hob.lane WHERE queue_id = $1::int AND lane = 2001)
  ORDER BY until_ms LIMIT 10000
  FOR UPDATE SKIP LOCKED
)) AND NOT EXISTS (
  SELECT FROM unnest(jobs) AS held (id)
  CROSS JOIN LATERAL (SELECT FROM hob.job WHERE job.id = held.id AND fence < lease.epoch LIMIT 1) AS job
)
