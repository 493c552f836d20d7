-- extend: heartbeats of leases that stand and still hold a job.
-- $1 epochs bigint[], $2 queue_ids int[], $3 lease_ms bigint
-- Returns the leases that were prolonged.
UPDATE hob.lease SET until_ms = clock.ms + $3::bigint
FROM (SELECT hob.now_ms() AS ms OFFSET 0) AS clock, unnest($1::bigint[], $2::int[]) AS asked (epoch, queue_id)
WHERE lease.epoch = asked.epoch AND lease.queue_id = asked.queue_id AND until_ms > clock.ms
  AND EXISTS (SELECT FROM unnest(jobs) AS held (id) JOIN hob.job USING (id) WHERE job.fence < lease.epoch)
RETURNING lease.epoch, lease.queue_id
