-- start-afresh: a job that ended in error or was cancelled is ready again. Changes no row when another live job holds its
-- key (OR IGNORE). When it was cancelled while it waited, its end was no attempt's: the last attempt's is told again.
-- :id integer
UPDATE OR IGNORE job
SET state = 1, failures = 0, crashes = 0, error = NULL,
    settled_ms = (SELECT ended_ms FROM attempt WHERE job_id = job.id ORDER BY epoch DESC LIMIT 1)
WHERE id = ?
