-- extend: heartbeats of leases that stand and still hold a job.
-- $1 epochs bigint[], $2 queue_ids int[], $3 lease_ms bigint
-- Returns the leases that were prolonged, each with whether the clock was turned back.
UPDATE hob.lease SET until_ms = clock.ms + $3::bigint
FROM (SELECT hob.now_ms() AS ms OFFSET 0) AS clock
WHERE lease.epoch = ANY ($1::bigint[]) AND lease.queue_id = ANY ($2::int[]) AND until_ms > clock.ms
  AND EXISTS (
    SELECT FROM unnest(jobs) AS held (id)
    CROSS JOIN LATERAL (SELECT FROM hob.job WHERE job.id = held.id AND fence < lease.epoch LIMIT 1) AS job
  )
RETURNING lease.epoch, lease.queue_id,
  coalesce(clock.ms < pg_sequence_last_value('hob.front'), false) AS is_behind
