/** The bounds that every engine and face shares. Over one of them is a clear error, never a silent cut. */

/** Bytes of UTF-8 in one job's payload: 4 MiB, so that an order may carry 1 MiB of text with room for escapes. */
export const PAYLOAD_BYTES_MAX: number = 4 * 1024 * 1024

/** Bytes of UTF-8 in one job's result: 1 MiB. */
export const RESULT_BYTES_MAX: number = 1024 * 1024

/** Bytes of an attempt's error text, and of the output kept with it: 4 KiB each; longer text keeps its tail. */
export const TAIL_BYTES_MAX: number = 4 * 1024

/** Jobs, steps or records in one call to a broker. */
export const BATCH_MAX = 10_000

/** Priorities run from -1000 to 1000; a higher one is taken first. */
export const PRIORITY_MAX = 1000

/** Attempts kept with one job; older ones are dropped first. */
export const ATTEMPTS_KEPT_MAX = 100

/** A lease lasts a second at least. */
export const LEASE_MS_MIN = 1_000

/** A lease lasts a day at most. */
export const LEASE_MS_MAX = 86_400_000

/** A job whose lease ended this often without an outcome is set aside as `error` (law 7). */
export const CRASHES_MAX = 3
