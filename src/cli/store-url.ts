import { dirname, join } from 'node:path'
import { placeOf } from './kitchen-url.js'

/** The store of blobs when nothing names another, and the kitchen has no folder. */
const DEFAULT_STORE_URL = 'file:.hob/blobs'

/** The URL of the store of blobs: `--store`, else HOB_STORE, else `blobs` beside the file of the kitchen. */
export function storeUrl({
  store,
  env,
  kitchenUrl,
}: {
  readonly store: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly kitchenUrl: () => string
}): string {
  const named = store ?? env.HOB_STORE
  if (named !== undefined && named !== '') return named
  const url = kitchenUrl()
  return url.startsWith('sqlite:') ? `file:${join(dirname(placeOf(url)), 'blobs')}` : DEFAULT_STORE_URL
}
