-- add-lease: one row for all jobs of a take.
-- :epoch, :queue_id integer, :node text, :taken_ms, :until_ms, :open integer, :jobs JSON array of ids
INSERT INTO lease VALUES (?, ?, ?, ?, ?, ?, ?)
