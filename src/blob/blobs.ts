import type { Broker } from '../broker/broker.js'
import { closest } from '../core/closest.js'
import { BlobError } from '../core/errors.js'
import { StoreClock } from '../queue/store-clock.js'
import { checkBlobName } from './blob-name.js'
import type { BlobStore } from './blob-store.js'
import { type Collected, type CollectOptions, collect } from './collect.js'
import { joinStore, kitchenId } from './kitchen-id.js'
import { type ChunkOptions, checkChunkOptions, chunkSource, type PushOptions, pushSource } from './make-blobs.js'
import { measure, readBlob } from './read-blob.js'
import { type BlobSource, fileSource } from './source.js'
import type { MadeBlob } from './store-content.js'
import type { BlobUnderTag, TaggedBlob } from './tag.js'
import { checkTagName } from './tag-name.js'
import { blobsOf, type NamedBlob, pagesUnder, tagsWithPrefix, untagPuts } from './tag-records.js'
import { inOrder, summariesOf, type TagSummary } from './tag-summary.js'
import { addToTag, commitPuts } from './tagging.js'
import { type Verified, verify } from './verify.js'

/** What files became. */
export interface MadeBlobs {
  /** In the order of the files and their contents; of two files with the same name and content, one. */
  readonly blobs: readonly MadeBlob[]
  /** How many of them were not under the tag before. */
  readonly taggedCount: number
  /** Names of the sources that had nothing in them. */
  readonly empty: readonly string[]
}

/** What a change of tags did. */
export interface Untagged {
  readonly untaggedCount: number
  /** Of these, how many are under no tag now; `collect` removes them. */
  readonly untiedCount: number
}

/** What a call that may take long tells of itself. */
export interface MakeWatch {
  /** A blob is stored; it comes under the tag at the end of the call. */
  readonly onBlob?: (blob: MadeBlob) => void
}

/**
 * Tagged blobs: contents in a store, tags as records of a kitchen.
 *
 * Blobs never change. Up to 10,000 of them come under a tag, or leave it, in one step; more take several, as each method says.
 */
export class Blobs {
  readonly store: BlobStore
  readonly #broker: Broker
  readonly #label: string
  readonly #clock: StoreClock
  #hasJoined = false

  /** @param label How people know the kitchen, without secrets: the store remembers who uses it. */
  constructor(broker: Broker, store: BlobStore, label: string) {
    this.#broker = broker
    this.store = store
    this.#label = label
    this.#clock = new StoreClock(broker)
  }

  /**
   * Cuts files where records end, stores the pieces, and then brings all of them under the tag: in one step for up to 10,000, else in
   * several. A call that ends before that has tagged nothing.
   *
   * @param sources Paths, or bytes with a name. Gzipped ones are known by their first bytes, and cut by their content.
   * @throws BlobError `input` for a source that cannot be read or cut, `full`, `denied`; ArgumentError.
   */
  async chunk(
    tag: string,
    sources: readonly (string | BlobSource)[],
    options: ChunkOptions & MakeWatch = {},
  ): Promise<MadeBlobs> {
    checkTagName(tag)
    checkChunkOptions(options, sources.map(nameOf))
    return this.#make(tag, sources, options, (source) => chunkSource(this.store, source, options))
  }

  /** Stores files whole, each as one blob, and brings them under the tag, as `chunk` does. */
  async push(
    tag: string,
    sources: readonly (string | BlobSource)[],
    options: PushOptions & MakeWatch = {},
  ): Promise<MadeBlobs> {
    checkTagName(tag)
    const { store } = this
    return this.#make(tag, sources, options, async function* (source) {
      const made = await pushSource(store, source, options)
      if (made !== undefined) yield made
    })
  }

  /** What is under each tag that begins with `prefix`, by name; under all of them unless given. */
  tags(prefix = ''): Promise<readonly TagSummary[]> {
    return summariesOf(pagesUnder(this.#broker, prefix))
  }

  /** The blobs of a tag, in the order in which they came under it, then by name. @throws BlobError `missing` when there is no such tag. */
  async list(tag: string): Promise<readonly BlobUnderTag[]> {
    const blobs = await blobsOf(this.#broker, tag)
    if (blobs.length === 0) throw await this.#noSuchTag(tag)
    return inOrder(blobs)
  }

  /** What is under a tag. @throws BlobError `missing` when there is no such tag. */
  async stat(tag: string): Promise<TagSummary> {
    const blobs = await this.list(tag)
    const [summary] = await summariesOf([blobs])
    if (summary === undefined) throw await this.#noSuchTag(tag)
    return summary
  }

  /**
   * Brings blobs that are in the store under a tag, too.
   *
   * @returns How many were not under it before.
   * @throws BlobError `missing` that names a blob that is not in the store; nothing was tagged.
   */
  async tag(tag: string, names: readonly string[]): Promise<number> {
    checkTagName(tag)
    for (const name of names) checkBlobName(name)
    const known = await this.#known(new Set(names))
    const taggedMs = await this.#nowMs()
    const blobs: NamedBlob[] = []
    for (const name of new Set(names))
      blobs.push({ ...(known.get(name) ?? (await this.#measured(name))), name, taggedMs })
    await this.#join()
    return addToTag(this.#broker, this.store, tag, blobs)
  }

  /**
   * Takes blobs off a tag, in one step for up to 10,000. The blobs stay in the store.
   *
   * @throws BlobError `missing` that names the tag, or a blob that is not under it; nothing was changed.
   */
  async untag(tag: string, names: readonly string[]): Promise<Untagged> {
    const under = new Set((await this.list(tag)).map(({ name }) => name))
    const stranger = names.find((name) => !under.has(name))
    if (stranger !== undefined) {
      const meant = closest(stranger, [...under])
      const hint = meant === undefined ? `See: hob blob blobs ${tag}` : `Did you mean ${meant}?`
      throw new BlobError('missing', `there is no blob ${stranger} under ${tag}`, { hint })
    }
    return this.#untag(tag, [...new Set(names)])
  }

  /** Takes all blobs off a tag, and with them the tag is gone. The blobs stay in the store. In one step for up to 10,000. */
  async removeTag(tag: string): Promise<Untagged> {
    const blobs = await this.list(tag)
    return this.#untag(
      tag,
      blobs.map(({ name }) => name),
    )
  }

  /**
   * The contents of the blobs of tags, uncompressed, one after the other: tag by tag, each in the order of `list`.
   *
   * @throws BlobError `missing` before anything is read when there is no such tag; `missing`, `damaged` when it comes to such a blob.
   */
  async *cat(...tags: readonly string[]): AsyncGenerator<Uint8Array> {
    const lists: (readonly BlobUnderTag[])[] = []
    for (const tag of tags) lists.push(await this.list(tag))
    for (const { name } of lists.flat()) yield* readBlob(this.store, name)
  }

  /**
   * Reads blobs again and compares their hashes with their names.
   *
   * @param tags All tags unless given.
   * @throws BlobError `missing` when there is no such tag. A blob that is missing or damaged is told, not thrown.
   */
  async verify(tags?: readonly string[], onBytes: (bytes: number) => void = () => {}): Promise<Verified> {
    const lists: (readonly BlobUnderTag[])[] = []
    for (const tag of tags ?? []) lists.push(await this.list(tag))
    return verify(this.store, tags === undefined ? pagesUnder(this.#broker, '') : lists, onBytes)
  }

  /**
   * Removes what no tag and no run reaches and is older than a day; only tells it unless told to.
   *
   * @throws BlobError `shared` when another kitchen uses the store, whose tags this one cannot see: nothing was removed.
   */
  async collect(options: CollectOptions = {}): Promise<Collected> {
    const id = await kitchenId(this.#broker)
    const others = (await this.store.users()).filter((user) => user.id !== id)
    const [other] = others
    if (other !== undefined) {
      throw new BlobError('shared', `the store is used by another kitchen, too: ${other.label}`, {
        hint: `Give each kitchen a store of its own. If that kitchen is no more, remove kitchens/${other.id} from the store.`,
      })
    }
    return collect(this.#broker, this.store, options)
  }

  async #make(
    tag: string,
    sources: readonly (string | BlobSource)[],
    { onBlob = () => {} }: MakeWatch,
    blobsOfSource: (source: BlobSource) => AsyncIterable<MadeBlob>,
  ): Promise<MadeBlobs> {
    // Before anything is stored: a collection by another kitchen must know that there are blobs that it does not know.
    await this.#join()
    const blobs = new Map<string, MadeBlob>()
    const empty: string[] = []
    for (const given of sources) {
      const source = typeof given === 'string' ? fileSource(given) : given
      let count = 0
      for await (const blob of blobsOfSource(source)) {
        blobs.set(blob.name, blob)
        onBlob(blob)
        count++
      }
      if (count === 0) empty.push(source.name)
    }
    const made = [...blobs.values()]
    const taggedMs = await this.#nowMs()
    const toTag = made.map((blob) => ({ ...blob, taggedMs }))
    return { blobs: made, taggedCount: await addToTag(this.#broker, this.store, tag, toTag), empty }
  }

  async #untag(tag: string, names: readonly string[]): Promise<Untagged> {
    await commitPuts(this.#broker, untagPuts(tag, names))
    const untied = new Set(names)
    for await (const page of pagesUnder(this.#broker, '')) for (const { name } of page) untied.delete(name)
    return { untaggedCount: names.length, untiedCount: untied.size }
  }

  /** What tags say of some blobs. */
  async #known(names: ReadonlySet<string>): Promise<ReadonlyMap<string, BlobUnderTag>> {
    const known = new Map<string, BlobUnderTag>()
    for await (const page of pagesUnder(this.#broker, '')) {
      for (const blob of page) if (names.has(blob.name)) known.set(blob.name, blob)
      if (known.size === names.size) break
    }
    return known
  }

  /** What a tag would say of a blob that is under none. */
  async #measured(name: string): Promise<Omit<TaggedBlob, 'taggedMs'>> {
    // Before it is read, which may take long.
    await this.store.touch(name)
    return measure(this.store, name)
  }

  async #join(): Promise<void> {
    if (this.#hasJoined) return
    await joinStore(this.#broker, this.store, this.#label)
    this.#hasJoined = true
  }

  async #nowMs(): Promise<number> {
    return Math.floor(await this.#clock.nowMs())
  }

  async #noSuchTag(tag: string): Promise<BlobError> {
    const meant = closest(tag, await tagsWithPrefix(this.#broker, ''))
    const hint = meant === undefined ? 'hob blob ls lists those that there are.' : `Did you mean ${meant}?`
    return new BlobError('missing', `there is no tag '${tag}'`, { hint })
  }
}

const nameOf = (source: string | BlobSource): string => (typeof source === 'string' ? source : source.name)
