-- extend: a heartbeat. Changes no row when the lease has ended, by the store's clock, or is gone.
-- :until_ms, :epoch, :queue_id, :now_ms integer
UPDATE lease SET until_ms = ? WHERE epoch = ? AND queue_id = ? AND until_ms > ?
