-- hold-lanes: nobody else moves the fronts of these queues until the transaction ends.
-- $1 queue_ids int[]
SELECT 1 AS held FROM hob.lane WHERE queue_id = ANY ($1::int[]) ORDER BY queue_id, lane FOR UPDATE
