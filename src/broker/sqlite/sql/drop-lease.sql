-- drop-lease: a lease whose jobs are all settled, or that was returned.
-- :epoch integer
DELETE FROM lease WHERE epoch = ?
