-- drop-gone-records: what had a time to live and outlived it.
DELETE FROM hob.record WHERE key = ANY (ARRAY(
  SELECT key FROM hob.record WHERE gone_ms <= (SELECT hob.now_ms()) ORDER BY gone_ms LIMIT 10000 FOR UPDATE SKIP LOCKED
)) AND gone_ms <= (SELECT hob.now_ms())
