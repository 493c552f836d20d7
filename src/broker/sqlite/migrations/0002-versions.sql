-- One sequence of versions for all records: one that is deleted and put again never gets a version that it had before.
ALTER TABLE kitchen ADD COLUMN next_version INTEGER NOT NULL DEFAULT 1;
UPDATE kitchen SET next_version = 1 + coalesce((SELECT max(version) FROM record), 0);
