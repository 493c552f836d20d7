import type { BlobStore } from '../blob/blob-store.js'
import { openBlobStore } from '../blob/open-blob-store.js'
import { KitchenError } from '../core/errors.js'
import type { Kitchen } from '../kitchen.js'
import { storeUrl } from './blob-store.js'
import type { Invocation } from './command.js'
import type { Library } from './library.js'

/** The kitchen and the store of a command on rules: opened when they are needed, since plain files need neither. Dispose of it. */
export class RuleGround implements AsyncDisposable {
  readonly #library: Library
  readonly #names: Names
  #kitchen: Promise<Kitchen> | null = null
  #store: Promise<BlobStore> | null = null

  constructor(library: Library, names: Names) {
    this.#library = library
    this.#names = names
  }

  /**
   * @param create Makes the kitchen where there is none.
   * @throws KitchenError
   */
  kitchen({ create = false }: { readonly create?: boolean } = {}): Promise<Kitchen> {
    this.#kitchen ??= this.#open(create)
    return this.#kitchen
  }

  /** @throws BlobError when `--store` or HOB_STORE names none. */
  store(): Promise<BlobStore> {
    this.#store ??= openBlobStore(storeUrl(this.#names))
    return this.#store
  }

  /** Whether the kitchen was needed. */
  get isOpen(): boolean {
    return this.#kitchen !== null
  }

  async #open(create: boolean): Promise<Kitchen> {
    try {
      return await this.#library.openKitchen(this.#names.kitchenUrl(), { create })
    } catch (error) {
      if (!(error instanceof KitchenError) || error.code !== 'missing') throw error
      const hint =
        'Its tags name the blobs: hob blob chunk TAG FILE makes some. Or name files: hob rule run RULE people.json; - is standard input.'
      throw new KitchenError('missing', error.message, { hint, cause: error })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const kitchen = await this.#kitchen?.catch(() => null)
    await kitchen?.close()
  }
}

type Names = Pick<
  Invocation<{ readonly store: string | undefined }>,
  'options' | 'terminal' | 'kitchenUrl' | 'openBroker'
>
