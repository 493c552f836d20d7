import type { Broker } from '../../broker/broker.js'
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

/** How the kitchen of a URL is opened. */
export type OpenBroker = (url: string) => Promise<Broker>

/** What `toBlobs` makes; see `src/rules.ts`. */
export function blobsProcessor(options: BlobsOptions, openBroker: OpenBroker): ResultProcessor {
  checkCall('toBlobs', options, ['tag!', 'kitchen!', 'store!', 'compress?'])
  const { tag, kitchen, store, compress = false } = options
  return {
    name: `blobs ${tag} of ${kitchen.startsWith('sqlite:') ? kitchen : placeOf(kitchen)}`,
    async write(results, run) {
      const { writeBlobs } = await import('./result-blobs.js')
      await writeBlobs(results, run, { tag, kitchen, store, compress, openBroker })
    },
  }
}
