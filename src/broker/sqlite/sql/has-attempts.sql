-- has-attempts: whether attempts are kept of one of the jobs between two.
-- :first_id, :last_id integer
SELECT EXISTS (SELECT 1 FROM attempt WHERE job_id BETWEEN ? AND ?)
