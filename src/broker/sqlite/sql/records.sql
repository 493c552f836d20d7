-- records: a page of records by key, behind the last key of the page before.
-- :prefix, :after, :after, :below text, :now_ms, :count_max integer
-- One lower bound: of two, SQLite seeks to the first and walks over all that the other leaves out, so that a listing took the square of its length.
SELECT key, value, version FROM record
WHERE key >= max(?, ?) AND key <> ? AND key < ? AND (gone_ms IS NULL OR gone_ms > ?)
ORDER BY key LIMIT ? + 0
