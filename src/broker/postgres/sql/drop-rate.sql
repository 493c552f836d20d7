-- drop-rate: forgets seconds before the last minute.
-- $1 queue_id int
DELETE FROM hob.rate WHERE queue_id = $1::int AND second < (SELECT hob.now_ms() / 1000 - 60 OFFSET 0)
