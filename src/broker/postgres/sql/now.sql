-- now: the store's clock.
SELECT hob.now_ms() AS now_ms
