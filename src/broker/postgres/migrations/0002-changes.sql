-- A job that was cancelled while it waited may have ended without an attempt: nobody ran it, at no time.
ALTER TABLE hob.history ALTER COLUMN node DROP NOT NULL, ALTER COLUMN started_ms DROP NOT NULL;

-- A queue is paused while it has the lane -2000, which holds no jobs and has no front: each take reads all lanes of its
-- queue anyway, so that it learns of a pause for nothing.
