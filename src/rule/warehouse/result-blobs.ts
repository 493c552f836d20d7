import { mkdtemp, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Blobs } from '../../blob/blobs.js'
import { openBlobStore } from '../../blob/open-blob-store.js'
import { HobError, messageOf, RuleError } from '../../core/errors.js'
import { Duck } from '../result/duck.js'
import { writeResult } from '../result/write-result.js'
import type { KeysetRows, ResultRun } from '../rule.js'
import { placeOf, textOf } from './secret-url.js'
import type { OpenBroker } from './to-blobs.js'

/** Where blobs of results go. */
export interface BlobsPlace {
  readonly tag: string
  readonly kitchen: string
  readonly store: string
  readonly compress: boolean
  readonly openBroker: OpenBroker
}

/** The keyset of a rule that has only one, without a name. */
const NAMELESS = '_default'

const MEMORY_BYTES = 128 * 2 ** 20

/** Makes blobs of the results of a run, and brings those of each keyset under its tag in one step. */
export async function writeBlobs(
  results: readonly KeysetRows[],
  run: ResultRun,
  { tag, kitchen, store, compress, openBroker }: BlobsPlace,
): Promise<void> {
  run.signal.throwIfAborted()
  try {
    const broker = await openBroker(textOf(kitchen))
    try {
      const blobs = new Blobs(broker, await openBlobStore(store), placeOf(kitchen))
      await withFiles(results, run, async (rows, file) => {
        await blobs.chunk(rows.keyset === NAMELESS ? tag : `${tag}:${rows.keyset}`, [file], {
          format: 'lines',
          compress,
        })
      })
    } finally {
      await broker.close()
    }
  } catch (error) {
    run.signal.throwIfAborted()
    throw meaningOf(error, tag)
  }
}

/** The JSON lines of each keyset as a file, which is removed afterwards. */
async function withFiles(
  results: readonly KeysetRows[],
  run: ResultRun,
  use: (rows: KeysetRows, file: string) => Promise<void>,
): Promise<void> {
  const [first] = results
  if (first === undefined) return
  // Beside the results, which are cleared away when the run has ended, however it ended.
  const folder = await mkdtemp(join(dirname(first.file), 'blobs-'))
  const duck = await Duck.open({ memoryBytes: MEMORY_BYTES, threads: 1, folder })
  try {
    for (const rows of results.filter(({ rowCount }) => rowCount > 0)) {
      run.signal.throwIfAborted()
      // The blobs are named for it: those of two runs never share one.
      const file = join(folder, `${run.id}.${rows.keyset}.jsonl`.replace(/[^A-Za-z0-9._-]/g, '_'))
      await writeResult(duck, rows, 'jsonl', file)
      await use(rows, file)
      await rm(file)
    }
  } finally {
    await duck.close()
    await rm(folder, { recursive: true, force: true })
  }
}

function meaningOf(error: unknown, tag: string): RuleError {
  if (error instanceof RuleError && error.code === 'warehouse') return error
  const text = messageOf(error)
  const hint =
    (error instanceof HobError ? error.hint : undefined) ??
    'The result is kept; blobs that were made stay without a tag.'
  return new RuleError('warehouse', `cannot write blobs under ${tag}: ${text}`, { hint, cause: error })
}
