import type { Control } from '../../broker/control.js'

/** What the clock of the kitchen's store says, in milliseconds since 1970: moments are kept by it alone, for a client's may be hours off. */
export const storeNowMs = async (broker: Pick<Control, 'describe'>): Promise<number> =>
  Math.floor((await broker.describe()).nowMs)
