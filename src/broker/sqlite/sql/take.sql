-- take: marks the first jobs in line as running under one epoch, up to one that the statement front has found, and passing over the
-- same. By their place in the line: a list of them would be made and read again, a fifth of a take's time.
-- :epoch, :queue_id, :crashes_below, :rank, :place, :id integer
UPDATE job SET state = 2, epoch = ?
WHERE queue_id = ? AND state = 1 AND crashes < ? AND (rank, place, id) <= (?, ?, ?)
