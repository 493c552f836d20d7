-- 1 while nobody is given the queue's jobs.
ALTER TABLE queue ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;

-- How often records under a topic were put or deleted: who watches a topic sees by it that something has changed.
-- A topic is the first word of a key, so there are few.
CREATE TABLE topic (
  name TEXT PRIMARY KEY,
  changes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
