-- job-stands: where a job stands now.
-- :id integer
SELECT queue_id, state FROM job WHERE id = ?
