-- read-sequence: where the next id, epoch and version stand. Read in each transaction, since other processes draw from it too.
-- The newest job tells the next id, so that a send need not write it down; what is written counts when jobs were deleted.
SELECT max(next_id, coalesce((SELECT max(id) FROM job), 0) + 1) AS next_id, next_epoch, next_version FROM kitchen
