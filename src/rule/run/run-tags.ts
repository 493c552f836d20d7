import { createReadStream } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseBlobName } from '../../blob/blob-name.js'
import type { BlobStore } from '../../blob/blob-store.js'
import { chunkSource } from '../../blob/make-blobs.js'
import { fileSource } from '../../blob/source.js'
import type { TaggedBlob } from '../../blob/tag.js'
import { type NamedBlob, tagKey, tagPuts, untagPuts } from '../../blob/tag-records.js'
import type { Broker } from '../../broker/broker.js'
import type { RecordPut } from '../../broker/records.js'
import { archiveTagOf, REJECTED_PREFIX } from '../archive-tag.js'
import type { BadRow } from '../counters.js'
import { dayOf, dayOfTag } from '../day-range.js'
import type { RunBlob, RunRecord } from '../run-record.js'
import type { RunTags } from './run-events.js'
import type { RuleFacts } from './thread-task.js'

/** Changes of tags that become true with the end of a run. */
export interface TagChanges extends RunTags {
  readonly puts: readonly RecordPut[]
}

/** Kitchen and store of a run. */
export interface TagPlace {
  readonly book: Pick<Broker, 'record'>
  readonly store: BlobStore
  /** By the clock of the kitchen's store. */
  readonly nowMs: number
}

/** Looks at so many records at once. */
const AT_ONCE = 100

/** The part of a run's id that is its own: what the names of its blobs begin with. */
const tokenOf = ({ id }: Pick<RunRecord, 'id'>): string => id.slice(id.lastIndexOf('@') + 1)

/**
 * What archives the blobs of a run: each goes under the archive tag of its tag, for the rules of the run that archive; with `nuke`, off
 * its own.
 */
export async function archiveChanges(place: TagPlace, record: RunRecord, facts: RuleFacts): Promise<TagChanges> {
  const puts: RecordPut[] = []
  const archived: Record<string, number> = {}
  for (let from = 0; from < record.blobs.length; from += AT_ONCE) {
    const some = record.blobs.slice(from, from + AT_ONCE)
    const tagged = await Promise.all(some.map((blob) => namedBlob(place, blob)))
    for (const [at, blob] of some.entries()) {
      const rule = factsOfSource(facts, blob.source ?? '')
      const known = tagged[at]
      if (rule?.archive !== true || known === undefined) continue
      const tag = archiveTagOf(blob.tag, rule.archiveTagPrefix)
      if (tag === blob.tag) continue
      puts.push(...tagPuts(tag, [known]), ...(rule.nuke ? untagPuts(blob.tag, [blob.name]) : []))
      archived[tag] = (archived[tag] ?? 0) + 1
    }
  }
  return { puts, archived, written: {} }
}

/** Of a blob that somebody took off its tag meanwhile, the store and the name tell what they can: it was counted, and must not be again. */
async function namedBlob(place: TagPlace, { tag, name }: RunBlob): Promise<NamedBlob | undefined> {
  const { book, store, nowMs: taggedMs } = place
  const record = await book.record(tagKey(tag, name))
  if (record !== undefined) return { ...(JSON.parse(record.value) as TaggedBlob), name, taggedMs }
  const stored = await store.stat(name)
  if (stored === undefined) return undefined
  const { storedBytes } = stored
  return { name, bytes: storedBytes, storedBytes, records: null, hash: parseBlobName(name)?.hash ?? '', taggedMs }
}

function factsOfSource(facts: RuleFacts, source: string): RuleFacts | undefined {
  let found: RuleFacts | undefined = facts
  for (const name of source === '' ? [] : source.split('/')) found = found?.sources.find((each) => each.name === name)
  return found
}

/**
 * Stores files of JSON lines as blobs under the rule's result tag.
 *
 * @param files One for each keyset, named after it.
 */
export async function resultChanges(
  place: TagPlace,
  record: RunRecord,
  { facts, files, tag }: { readonly facts: RuleFacts; readonly files: readonly string[]; readonly tag: string },
): Promise<TagChanges> {
  const blobs: NamedBlob[] = []
  for (const file of files) {
    blobs.push(...(await storeLines(place, file, `${tokenOf(record)}.${basename(file, '.jsonl')}`)))
  }
  const suffixed = `${tag}${suffixOf(facts.resultTagSuffix, record)}`
  return { puts: tagPuts(suffixed, blobs), archived: {}, written: blobs.length > 0 ? { [suffixed]: blobs.length } : {} }
}

/** The day that all its tags end with, or else that of the run. */
function suffixOf(wanted: boolean | null, { blobs, startedMs }: RunRecord): string {
  if (wanted === false) return ''
  const days = new Set(blobs.map(({ tag }) => dayOfTag(tag)))
  const [day] = days
  return `:${wanted === null && days.size === 1 && day !== undefined ? day : dayOf(startedMs)}`
}

/**
 * Stores the records that were set aside as blobs of JSON lines, each under `rejected:TAG` of the tag that it came from.
 *
 * @param folder For files in between; there, and of the caller alone.
 */
export async function rejectedChanges(
  place: TagPlace,
  record: RunRecord,
  { badFiles, folder }: { readonly badFiles: readonly string[]; readonly folder: string },
): Promise<TagChanges> {
  const tagOf = new Map(record.blobs.map(({ name, tag }) => [name, tag]))
  const files = new Map<string, string>()
  for (const bad of badFiles) {
    const lines = new Map<string, string[]>()
    for await (const line of createInterface({ input: createReadStream(bad), crlfDelay: Number.POSITIVE_INFINITY })) {
      const tag = tagOf.get((JSON.parse(line) as BadRow).file)
      if (tag === undefined) continue
      const ofTag = lines.get(tag)
      if (ofTag === undefined) lines.set(tag, [line])
      else ofTag.push(line)
    }
    for (const [tag, texts] of lines) {
      const file = files.get(tag) ?? join(folder, `rejected-${files.size}.jsonl`)
      files.set(tag, file)
      await appendFile(file, `${texts.join('\n')}\n`)
    }
  }
  const puts: RecordPut[] = []
  const written: Record<string, number> = {}
  for (const [tag, file] of files) {
    const blobs = await storeLines(place, file, `${tokenOf(record)}.rejected`)
    puts.push(...tagPuts(`${REJECTED_PREFIX}:${tag}`, blobs))
    written[`${REJECTED_PREFIX}:${tag}`] = blobs.length
  }
  return { puts, archived: {}, written }
}

/**
 * Stores a file of lines as blobs, cut at ends of lines. Done twice, it is the same blobs.
 *
 * @param name What their names begin with; of one run alone, for blobs of one name are one blob.
 */
async function storeLines(
  { store, nowMs: taggedMs }: Pick<TagPlace, 'store' | 'nowMs'>,
  file: string,
  name: string,
): Promise<readonly NamedBlob[]> {
  const blobs: NamedBlob[] = []
  for await (const blob of chunkSource(store, { ...fileSource(file), name }, { format: 'lines' })) {
    blobs.push({ ...blob, taggedMs })
  }
  return blobs
}

/** All of some changes. */
export const together = (changes: readonly TagChanges[]): TagChanges => ({
  puts: changes.flatMap(({ puts }) => puts),
  archived: Object.assign({}, ...changes.map(({ archived }) => archived)),
  written: Object.assign({}, ...changes.map(({ written }) => written)),
})
