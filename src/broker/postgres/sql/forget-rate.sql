-- forget-rate: a cleaned queue has no pace.
-- $1 queue_id int
WITH forgotten AS (
  UPDATE hob.tally SET ended = 0 WHERE queue_id = $1::int AND ended <> 0
)
DELETE FROM hob.rate WHERE queue_id = $1::int
