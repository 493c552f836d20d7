-- leases: a queue's leases with the jobs that still run under each, oldest first.
-- :queue_id integer
SELECT lease.epoch, lease.node, taken_ms, until_ms,
  (SELECT json_group_array(job.id) FROM json_each(lease.jobs) AS held JOIN job ON job.id = held.value
   WHERE job.state = 2 AND job.epoch = lease.epoch) AS jobs
FROM lease WHERE lease.queue_id = ? ORDER BY lease.epoch
