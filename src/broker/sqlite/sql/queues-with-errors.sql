-- queues-with-errors: the queues that have jobs in error, and how many.
SELECT id, error FROM queue WHERE error > 0
