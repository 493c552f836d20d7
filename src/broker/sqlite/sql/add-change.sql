-- add-change: notes that records under a topic were put or deleted in this transaction.
-- :name text
INSERT INTO topic VALUES (?, 1)
ON CONFLICT DO UPDATE SET changes = changes + 1
