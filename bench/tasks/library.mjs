// The library that a task measures: Hob unless the task names another. All pass through the same loops.
import { settle } from '../settle.mjs'
import { kitchenUrl, payloads, task } from './task.mjs'

/** Most jobs in one call. */
const BATCH = 1_000

/** How late an outcome may come to the store after its worker has stopped. */
const LATE_MS = 1_000

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

/** Throws unless the store says, soon, that so many jobs are not done yet: graphile-worker's last outcome follows its stop. */
export async function checkLeft(library, count) {
  const endMs = performance.now() + LATE_MS
  for (let left; ; await new Promise((resolve) => setTimeout(resolve, 10))) {
    left = await library.left()
    if (left === count) return
    if (performance.now() > endMs) throw new Error(`${left} jobs are left, and should be ${count}`)
  }
}
