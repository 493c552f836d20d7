-- begin-raise: nobody moves the fronts of a queue until the transaction ends; gives way to whoever does already.
-- $1 queue_id int
SELECT 1 AS held FROM hob.lane WHERE queue_id = $1::int ORDER BY lane FOR UPDATE NOWAIT
