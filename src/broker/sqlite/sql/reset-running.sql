-- reset-running: takes the jobs of one lease back; its holder's outcomes are refused from now on.
-- :epoch integer
UPDATE job SET state = 1, failures = 0, crashes = 0
WHERE id IN (SELECT value FROM lease, json_each(lease.jobs) WHERE lease.epoch = :epoch) AND state = 2 AND epoch = :epoch
RETURNING id
