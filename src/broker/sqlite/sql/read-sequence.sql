-- read-sequence: where the next id and epoch stand. Read in each transaction, since other processes draw from it too.
SELECT next_id, next_epoch FROM kitchen
