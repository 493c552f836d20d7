// The library that a task measures: Hob unless the task names another. All pass through the same loops.
import { settle } from '../settle.mjs'
import { kitchenUrl, payloads, task } from './task.mjs'

/** Most jobs in one call. */
const BATCH = 1_000

const { open } = await import(`../libraries/${task.library ?? 'hob'}.mjs`)

/** Opens the task's store through the library. */
export const openLibrary = () => open({ url: kitchenUrl, settings: task.settings ?? {} })

/** Puts jobs on the queue by a connection of their own, and lets the store come to rest before the measuring. */
export async function fill(count) {
  const library = await openLibrary()
  for (let from = 0; from < count; from += BATCH) await library.sendMany(payloads(from, Math.min(BATCH, count - from)))
  await library.close()
  await settle(kitchenUrl)
}

/** Throws unless the store says that so many jobs are not done yet. */
export async function checkLeft(library, count) {
  const left = await library.left()
  if (left !== count) throw new Error(`${left} jobs are left, and should be ${count}`)
}
