-- release: given back untouched; its place in the line never changed.
-- :id, :epoch integer
UPDATE job SET state = 1 WHERE id = ? AND epoch = ? AND state = 2
