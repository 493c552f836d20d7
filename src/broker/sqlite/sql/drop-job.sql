-- drop-job
-- :id integer
DELETE FROM job WHERE id = ?
