-- records: a page of records by key, from :from (exclusive when it is the last key of the page before) up to :below.
-- :prefix, :after, :below text, :now_ms, :count_max integer
SELECT key, value, version FROM record
WHERE key >= ? AND key > ? AND key < ? AND (gone_ms IS NULL OR gone_ms > ?)
ORDER BY key LIMIT ?
