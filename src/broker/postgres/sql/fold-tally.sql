-- fold-tally: moves what transactions noted into the row of the queue, and what ended in each second into the rate.
-- $1 queue_id int, $2 rows at most int
WITH gone AS (
  DELETE FROM hob.tally WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM hob.tally
    WHERE queue_id = $1::int AND id >= (SELECT start FROM hob.lane WHERE queue_id = $1::int AND lane = 2010)
    ORDER BY id LIMIT $2::int
    FOR UPDATE SKIP LOCKED
  ))
  RETURNING *
), rated AS (
  INSERT INTO hob.rate (queue_id, second, ended)
  SELECT $1::int, second, sum(ended) FROM gone WHERE ended > 0 GROUP BY second ORDER BY second
  ON CONFLICT (queue_id, second) DO UPDATE SET ended = rate.ended + excluded.ended
), sums AS (
  SELECT count(*) AS rows, sum(scheduled) AS scheduled, sum(ready) AS ready, sum(running) AS running, sum(done) AS done,
    sum(error) AS error, sum(cancelled) AS cancelled FROM gone
)
UPDATE hob.queue
SET scheduled = queue.scheduled + sums.scheduled, ready = queue.ready + sums.ready, running = queue.running + sums.running,
  done = queue.done + sums.done, error = queue.error + sums.error, cancelled = queue.cancelled + sums.cancelled
FROM sums WHERE queue.id = $1::int AND rows > 0
