import { stat } from 'node:fs/promises'
import { isAbsolute, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BlobStore } from '../../blob/blob-store.js'
import type { TaggedBlob } from '../../blob/tag.js'
import { tagKey } from '../../blob/tag-records.js'
import type { Broker } from '../../broker/broker.js'
import { RuleError } from '../../core/errors.js'
import { fromHere } from '../import-module.js'
import type { Piece } from '../input.js'
import type { ResultFile } from '../result-file.js'
import type { RunBlob } from '../run-record.js'
import type { PlanInput } from './thread-task.js'

/** Looks at so many blobs at once. */
const AT_ONCE = 100

/**
 * The files of blobs, with what their tags say of them.
 *
 * @throws RuleError `input`: a blob is no longer under its tag, or its content is gone.
 */
export async function blobInputs(
  broker: Pick<Broker, 'record'>,
  store: BlobStore,
  blobs: readonly RunBlob[],
): Promise<readonly PlanInput[]> {
  const inputs: PlanInput[] = []
  for (let from = 0; from < blobs.length; from += AT_ONCE) {
    const some = blobs.slice(from, from + AT_ONCE)
    inputs.push(...(await Promise.all(some.map((blob) => blobInput(broker, store, blob)))))
  }
  return inputs
}

async function blobInput(broker: Pick<Broker, 'record'>, store: BlobStore, { tag, name }: RunBlob): Promise<PlanInput> {
  const [record, stored] = await Promise.all([broker.record(tagKey(tag, name)), store.stat(name)])
  const file = store.pathOf(name)
  if (record === undefined) throw new RuleError('input', `blob ${name} is no longer under ${tag}`)
  if (stored === undefined || file === undefined) {
    throw new RuleError('input', `the content of blob ${name} under ${tag} is gone`, {
      hint: 'hob blob verify tells which blobs are damaged; hob blob untag takes one off its tag.',
    })
  }
  const { hash } = JSON.parse(record.value) as TaggedBlob
  return { name, tag, file, hash, bytes: stored.storedBytes }
}

/**
 * Files beside the blobs: paths, or `file:` URLs.
 *
 * @param folder Where relative paths begin.
 * @throws RuleError `input`: one is not there, or no file.
 */
export async function fileInputs(files: readonly string[], folder: string): Promise<readonly PlanInput[]> {
  const inputs: PlanInput[] = []
  for (const given of files) {
    const file = pathOf(given, folder)
    const found = await stat(file).catch(() => undefined)
    if (found === undefined) throw new RuleError('input', `there is no file ${fromHere(file)}`)
    if (found.isDirectory()) throw new RuleError('input', `${fromHere(file)} is a folder`, { hint: 'Name its files.' })
    inputs.push({ name: fromHere(file), tag: null, file, hash: null, bytes: found.size })
  }
  return inputs
}

function pathOf(given: string, folder: string): string {
  if (given.startsWith('file://')) return fileURLToPath(given)
  if (/^[a-z]+:\/\//i.test(given)) {
    throw new RuleError('input', `${given} is no file`, { hint: 'Only files can be read: fetch it first.' })
  }
  const path = given.startsWith('file:') ? given.slice('file:'.length) : given
  return isAbsolute(path) ? path : resolve(folder, path)
}

/** What another rule made, as input of this one. */
export const resultPieces = (results: readonly ResultFile[]): readonly Piece[] =>
  results
    .filter(({ rowCount }) => rowCount > 0)
    .map(({ keyset, file, rowCount }) => ({
      name: keyset,
      tag: null,
      file,
      from: 0,
      to: rowCount,
      firstLine: null,
      kind: 'jsonResults',
      hash: null,
    }))
