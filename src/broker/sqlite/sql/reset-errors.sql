-- reset-errors: jobs in error start afresh. One whose key another live job holds by now stays (OR IGNORE).
-- :ids JSON array
UPDATE OR IGNORE job SET state = 1, failures = 0, crashes = 0, error = NULL
WHERE id IN (SELECT value FROM json_each(?)) AND state = 4
RETURNING id
