import type { JobStore } from '../broker/job-store.js'
import type { RecordPut, Records } from '../broker/records.js'
import { BlobError } from '../core/errors.js'
import { BATCH_MAX } from '../core/limits.js'
import type { BlobStore } from './blob-store.js'
import { type NamedBlob, tagKey, tagPuts } from './tag-records.js'

type Broker = Pick<Records, 'record'> & Pick<JobStore, 'commit'>

/** Looks at the kitchen or the store at one time. */
const AT_ONCE = 64

/**
 * Brings blobs under a tag; those that are there keep their place. One step for up to 10,000 new ones, else several.
 *
 * Each is touched first: a collection that is under way then leaves it, or it is gone already.
 *
 * @returns How many were not under the tag before.
 * @throws BlobError `missing` that names the first that is not in the store; nothing was tagged.
 */
export async function addToTag(
  broker: Broker,
  store: BlobStore,
  tag: string,
  blobs: readonly NamedBlob[],
): Promise<number> {
  const byName = new Map(blobs.map((blob) => [blob.name, blob]))
  const isThere = await manyAt(
    AT_ONCE,
    [...byName.keys()],
    async (name) => (await broker.record(tagKey(tag, name))) !== undefined,
  )
  const news = [...byName.values()].filter((_, at) => isThere[at] === false)
  await manyAt(AT_ONCE, news, async ({ name }) => {
    if (await store.touch(name)) return
    throw new BlobError('missing', `there is no blob ${name}`, { hint: 'Nothing was tagged.' })
  })
  await commitPuts(broker, tagPuts(tag, news))
  return news.length
}

/** Puts records in one step for up to 10,000 of them, else in several. */
export async function commitPuts(broker: Pick<JobStore, 'commit'>, puts: readonly RecordPut[]): Promise<void> {
  for (let at = 0; at < puts.length; at += BATCH_MAX) await broker.commit([{ put: puts.slice(at, at + BATCH_MAX) }])
}

/** Does something for each item, several at a time; answers in their order. */
async function manyAt<Item, Answer>(
  countMax: number,
  items: readonly Item[],
  work: (item: Item) => Promise<Answer>,
): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  for (let at = 0; at < items.length; at += countMax) {
    answers.push(...(await Promise.all(items.slice(at, at + countMax).map(work))))
  }
  return answers
}
