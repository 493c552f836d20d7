-- lease-open: how many jobs of a lease are still to be settled.
-- :open, :epoch integer
UPDATE lease SET open = ? WHERE epoch = ?
