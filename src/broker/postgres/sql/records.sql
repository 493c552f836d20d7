-- records: a page of records by the bytes of their keys.
-- $1 first key text, $2 after text, $3 below text, $4 count_max int
SELECT key, value, version FROM hob.record
WHERE key >= $1::text AND key > $2::text AND key < $3::text AND (gone_ms IS NULL OR gone_ms > (SELECT hob.now_ms()))
ORDER BY key LIMIT $4::int
