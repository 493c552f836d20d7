-- add-rate: notes how many jobs ended in this second.
-- :queue_id, :second, :ended integer
INSERT INTO rate VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET ended = ended + excluded.ended
