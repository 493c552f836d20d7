import { randomBytes } from 'node:crypto'
import type { JobStore } from '../broker/job-store.js'
import type { Records } from '../broker/records.js'
import type { BlobStore } from './blob-store.js'

/** Where a kitchen keeps the name by which stores of blobs know it. */
const KEY = 'blobs/kitchen'

/** What tells this kitchen from all others, wherever it is opened; made when it is first asked for. */
export async function kitchenId(broker: Pick<Records, 'record'> & Pick<JobStore, 'commit'>): Promise<string> {
  const known = await kept(broker)
  if (known !== undefined) return known
  const id = randomBytes(12).toString('hex')
  // Of several that ask for the first time at once, one wins.
  await broker.commit([{ put: [{ key: KEY, value: JSON.stringify({ id }), expected: 0 }] }])
  return (await kept(broker)) ?? id
}

async function kept(broker: Pick<Records, 'record'>): Promise<string | undefined> {
  const record = await broker.record(KEY)
  return record && (JSON.parse(record.value) as { readonly id: string }).id
}

/**
 * Notes in a store that tags of this kitchen name blobs there, so that no other kitchen collects them. Before the first blob is stored.
 *
 * @param label How people know the kitchen, without secrets.
 */
export async function joinStore(
  broker: Pick<Records, 'record'> & Pick<JobStore, 'commit'>,
  store: BlobStore,
  label: string,
): Promise<void> {
  await store.join({ id: await kitchenId(broker), label })
}
