-- add-queue: a queue's first job makes it known; it stays known when its jobs are gone.
-- :name text
INSERT INTO queue (name) VALUES (?)
