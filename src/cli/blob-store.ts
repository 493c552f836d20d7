import { Blobs } from '../blob/blobs.js'
import { openBlobStore } from '../blob/open-blob-store.js'
import { absoluteUrl, defaultStoreUrl, type OpenOptions, withoutPassword } from '../engines.js'
import type { Invocation } from './command.js'
import { type OptionSpec, option, word } from './option.js'

/** Where the blobs are, for every command that has to do with them. */
export const storeOption: OptionSpec<string | undefined> = option(
  '--store <url>',
  'Where blobs are kept; else HOB_STORE, else blobs beside the kitchen.',
  { ...word, completes: 'folder' },
)

/** The URL of the store that the command line and the environment name. */
export const storeUrl = ({ options, terminal, kitchenUrl }: WithStore): string =>
  options.store ?? (terminal.env.HOB_STORE || defaultStoreUrl(kitchenUrl()))

/** The blobs of the kitchen and the store that the command line names. @throws KitchenError, BlobError when one of them is none. */
export async function openBlobs(invocation: WithStore, options?: OpenOptions): Promise<Blobs> {
  const store = await openBlobStore(storeUrl(invocation))
  const broker = await invocation.openBroker(options)
  return new Blobs(broker, store, withoutPassword(absoluteUrl(invocation.kitchenUrl())))
}

type WithStore = Pick<
  Invocation<{ readonly store: string | undefined }>,
  'options' | 'terminal' | 'kitchenUrl' | 'openBroker'
>
