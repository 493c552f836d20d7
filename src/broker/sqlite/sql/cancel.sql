-- cancel: the end of a job that waits. History is kept in the order of ends, so it has one although no attempt ended.
-- :settled_ms integer, :error text, :id integer
UPDATE job SET state = 5, settled_ms = ?, error = ? WHERE id = ?
