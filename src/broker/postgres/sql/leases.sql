-- leases: leases of a queue with the jobs that still run under each, oldest first.
-- $1 queue_id int
SELECT epoch, node, taken_ms, until_ms - hob.now_ms() AS left_ms, ARRAY(
  SELECT held.id FROM unnest(jobs) AS held (id)
  CROSS JOIN LATERAL (SELECT FROM hob.job WHERE job.id = held.id AND fence < lease.epoch LIMIT 1) AS job
) AS jobs
FROM (
  SELECT * FROM hob.lease
  WHERE queue_id = $1::int AND until_ms >= (SELECT start FROM hob.lane WHERE queue_id = $1::int AND lane = 2001)
  OFFSET 0
) AS lease
ORDER BY epoch
