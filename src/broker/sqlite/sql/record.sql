-- record: one record that has not gone.
-- :key text, :now_ms integer
SELECT key, value, version FROM record WHERE key = ? AND (gone_ms IS NULL OR gone_ms > ?)
