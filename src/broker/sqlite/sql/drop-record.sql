-- drop-record
-- :key text
DELETE FROM record WHERE key = ?
