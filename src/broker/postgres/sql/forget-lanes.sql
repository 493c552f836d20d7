-- forget-lanes: the clock was turned back, so that places come before the front: scans begin at the very start again.
-- $1 queue_ids int[]
UPDATE hob.lane SET start = -9223372036854775808 WHERE queue_id = ANY ($1::int[]) AND lane <= 2004
