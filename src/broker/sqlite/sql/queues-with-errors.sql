-- queues-with-errors: the ids of queues that have jobs in error, by name.
SELECT id FROM queue WHERE error > 0 ORDER BY name
