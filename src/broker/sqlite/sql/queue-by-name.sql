-- queue-by-name: one queue's id.
-- :name text
SELECT id FROM queue WHERE name = ?
