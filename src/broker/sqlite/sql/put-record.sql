-- put-record: the whole new state of a record; the caller has checked the version.
-- :key, :value text, :version, :gone_ms integer
INSERT INTO record VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET value = excluded.value, version = excluded.version, gone_ms = excluded.gone_ms
