import { Announcement } from '../queue/announcement.js'
import type { KeeperStore } from '../queue/lease-keeper.js'
import { nodeName, nodeRecord } from '../queue/node.js'

/** A load that is over sooner is not announced: it would take longer, and nobody could look. */
const AFTER_MS = 1_000

/** What a load tells of itself. */
export interface LoadFigures {
  /** Orders loaded so far. */
  done: number
  readonly failed: number
  /** The file that it reads. */
  message: string
}

/** Loads, announced as a node while it lasts. */
export async function asLoader<Result>(
  store: KeeperStore,
  queue: string,
  load: (figures: LoadFigures) => Promise<Result>,
): Promise<Result> {
  const figures: LoadFigures = { done: 0, failed: 0, message: '' }
  const record = nodeRecord({ name: nodeName(), role: 'loader', queue, concurrency: 0 }, figures)
  // That others cannot see it harms no order: the load itself meets the same fault, and reports it.
  const announcement = new Announcement(store, record, () => {})
  const timer = setTimeout(() => announcement.start(), AFTER_MS).unref()
  try {
    return await load(figures)
  } finally {
    clearTimeout(timer)
    await announcement.stop()
  }
}
