-- drop-gone-records: what had a time to live and outlived it.
-- :now_ms integer
DELETE FROM record WHERE gone_ms <= ?
