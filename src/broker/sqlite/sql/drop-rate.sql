-- drop-rate: forgets seconds before the last minute.
-- :queue_id, :second integer
DELETE FROM rate WHERE queue_id = ? AND second <= ?
