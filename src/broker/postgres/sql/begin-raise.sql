-- begin-raise: nobody moves the fronts of a queue until the transaction ends; gives way to whoever does already.
-- $1 queue_id int
-- Returns the clock, and the last id of the tally.
SELECT hob.now_ms() AS at_ms, (SELECT last_value FROM hob.tally_id) AS tally_id
FROM (SELECT count(*) FROM (
  SELECT FROM hob.lane WHERE queue_id = $1::int ORDER BY lane FOR UPDATE NOWAIT
) AS held) AS counted
