-- write-sequence: keeps what a transaction drew.
-- :next_id, :next_epoch, :next_version integer
UPDATE kitchen SET next_id = ?, next_epoch = ?, next_version = ?
