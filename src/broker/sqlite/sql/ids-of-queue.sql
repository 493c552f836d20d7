-- ids-of-queue: the first jobs of one queue in some states, by id, from the places where jobs of each state stand: the
-- indexes, and the leases for those that run. Sorts a page out of as many jobs as the queue has in these states.
-- :queue_id, :after integer, :states JSON array, :is_scheduled, :is_ready, :is_running 0 or 1, :count_max integer
SELECT id FROM (
  SELECT id FROM job WHERE :is_scheduled = 1 AND queue_id = :queue_id AND state = 0 AND id > :after
  UNION ALL
  SELECT id FROM job WHERE :is_ready = 1 AND queue_id = :queue_id AND state = 1 AND id > :after
  UNION ALL
  SELECT job.id FROM lease CROSS JOIN json_each(lease.jobs) AS held CROSS JOIN job ON job.id = held.value
  WHERE :is_running = 1 AND lease.queue_id = :queue_id AND state = 2 AND job.epoch = lease.epoch AND job.id > :after
  UNION ALL
  SELECT id FROM job
  WHERE queue_id = :queue_id AND state >= 3 AND state IN (SELECT value FROM json_each(:states)) AND id > :after
) ORDER BY id LIMIT :count_max + 0
