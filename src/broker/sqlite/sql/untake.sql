-- untake: gives back, within the same transaction, a job that a take should not have had.
-- :id integer
UPDATE job SET state = 1 WHERE id = ?
