-- moment: the clock, and the last id of the tally.
-- A transaction that reads them before it has its number knows: whoever has a later number reads the clock after it.
SELECT hob.now_ms() AS at_ms, (SELECT last_value FROM hob.tally_id) AS tally_id
