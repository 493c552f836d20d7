-- leases: leases of a queue with the jobs that still run under each, oldest first.
-- $1 queue_id int
SELECT epoch, node, taken_ms, until_ms - hob.now_ms() AS left_ms, ARRAY(
  SELECT id FROM unnest(jobs) AS held (id) JOIN hob.job USING (id) WHERE job.fence < lease.epoch
) AS jobs
FROM hob.lease WHERE queue_id = $1::int ORDER BY epoch
