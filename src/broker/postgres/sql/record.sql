-- record: one record that has not gone.
-- $1 key text
SELECT key, value, version FROM hob.record WHERE key = $1::text AND (gone_ms IS NULL OR gone_ms > hob.now_ms())
