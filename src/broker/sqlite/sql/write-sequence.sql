-- write-sequence: keeps what a transaction drew.
-- :next_id, :next_epoch integer
UPDATE kitchen SET next_id = ?, next_epoch = ?
