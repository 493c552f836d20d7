-- make-ready: a scheduled job need not wait for its time. What is expedited keeps its place, others go by due time.
-- :now_ms, :id integer
UPDATE job SET state = 1, due_ms = :now_ms, place = iif(rank = -1001, place, :now_ms) WHERE id = :id
