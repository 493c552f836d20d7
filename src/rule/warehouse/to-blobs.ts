import type { ResultProcessor } from '../rule.js'
import { placeOf } from './secret-url.js'
import { checkCall } from './table-options.js'

/** Where `toBlobs` writes, and how. */
export interface BlobsOptions {
  /** The tag that the blobs come under; those of a keyset with a name come under `TAG:KEYSET`. */
  readonly tag: string
  /** The kitchen that has the tag: `sqlite:.hob/hob.db`, or `env:NAME` for the variable that holds its URL. */
  readonly kitchen: string
  /** The store of the blobs, such as `file:/srv/blobs`. */
  readonly store: string
  /** Compresses them with gzip; false unless given. */
  readonly compress?: boolean
}

/**
 * Makes blobs of JSON lines of each keyset, for other rules to read: `toBlobs({ tag: 'sums:names', kitchen: 'sqlite:hob.db', store: 'file:blobs' })`.
 *
 * A run that is written again makes the same blobs under the same tag. Within one kitchen `resultTag` of the rule does it in the step
 * that ends the run; this is for blobs elsewhere, or under several tags.
 *
 * @throws RuleError `rule` when the options make no sense. Nothing is opened before a run is written.
 */
export function toBlobs(options: BlobsOptions): ResultProcessor {
  checkCall('toBlobs', options, ['tag!', 'kitchen!', 'store!', 'compress?'])
  const { tag, kitchen, store, compress = false } = options
  return {
    name: `blobs ${tag} of ${kitchen.startsWith('sqlite:') ? kitchen : placeOf(kitchen)}`,
    async write(results, run) {
      const { writeBlobs } = await import('./result-blobs.js')
      await writeBlobs(results, run, { tag, kitchen, store, compress })
    },
  }
}
