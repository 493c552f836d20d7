import type { JobQuery, JobView } from './control.js'
import type { JobId } from './job-store.js'

/** How an engine finds jobs of one queue in some states. */
export interface QueueIndex {
  /** How many there are, by the counters; more does no harm. */
  size(): Promise<number>
  /** Looks at all jobs of the kitchen after one and up to another, by id. */
  walk(page: { readonly after: number; readonly until: number; readonly countMax: number }): Promise<readonly JobView[]>
  /** The first ids after one in their order, of all places where these jobs stand, at one moment. */
  idsAfter(after: number, countMax: number): Promise<readonly JobId[]>
  /** Those of some jobs that are still in these states, oldest first. */
  named(ids: readonly JobId[]): Promise<readonly JobView[]>
}

/**
 * A page of one queue's jobs by id. They stand in no order of ids but among all jobs of the kitchen, where a thousand of
 * one queue may lie behind millions of others; and to find the first of them in the places of their states means to look at
 * each. So the walk goes no further than there are jobs of the queue, and whatever it did not find is looked for in
 * their places: neither costs more than twice what the better of them would have.
 */
export async function pageOfQueue(
  { after = '0', countMax }: Pick<JobQuery, 'after' | 'countMax'>,
  index: QueueIndex,
): Promise<readonly JobView[]> {
  const first = Number(after)
  const size = await index.size()
  // Fewer do not fill the page, wherever they are.
  if (size >= countMax) {
    const near = await index.walk({ after: first, until: first + size, countMax })
    if (near.length === countMax) return near
  }
  return pageByPlace({ after: first, countMax }, index)
}

/** A job that changes between the two looks is seen or not; one that stays in these states is never passed over. */
async function pageByPlace(
  { after, countMax }: { readonly after: number; readonly countMax: number },
  { idsAfter, named }: Pick<QueueIndex, 'idsAfter' | 'named'>,
): Promise<readonly JobView[]> {
  const page: JobView[] = []
  for (let from = after; page.length < countMax; ) {
    const wanted = countMax - page.length
    const ids = await idsAfter(from, wanted)
    if (ids.length > 0) page.push(...(await named(ids)))
    if (ids.length < wanted) break
    from = Number(ids.at(-1))
  }
  return page
}
