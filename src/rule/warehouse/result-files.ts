import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { messageOf, RuleError } from '../../core/errors.js'
import { Duck } from '../result/duck.js'
import { settleOnDisk } from '../result/parquet-copy.js'
import { writeResult } from '../result/write-result.js'
import type { KeysetRows, ResultRun } from '../rule.js'
import type { FileFormat } from './to-files.js'

/** Where files of results go. */
export interface FilesPlace {
  /** An absolute path. */
  readonly folder: string
  readonly format: FileFormat
  readonly keep: number
}

const DAY_MS = 24 * 60 * 60 * 1000

/** Rows are read in their order, one batch at a time. */
const MEMORY_BYTES = 128 * 2 ** 20

/** Writes the files of a run, then removes those of its rule that are too old to be kept. */
export async function writeFiles(
  results: readonly KeysetRows[],
  run: ResultRun,
  { folder, format, keep }: FilesPlace,
): Promise<void> {
  run.signal.throwIfAborted()
  const [first] = results
  if (first === undefined) return
  let duck: Duck | undefined
  try {
    await mkdir(folder, { recursive: true })
    duck = await Duck.open({ memoryBytes: MEMORY_BYTES, threads: 1, folder: dirname(first.file) })
    for (const rows of results) {
      run.signal.throwIfAborted()
      const file = join(folder, fileName(rows.keyset, run.id, format))
      await writeResult(duck, rows, format, file)
      await settleOnDisk(file)
    }
    for (const { keyset } of results) await removeOld({ folder, format, keep }, keyset, run)
    await removeParts(folder, results)
  } catch (error) {
    run.signal.throwIfAborted()
    throw meaningOf(error, folder)
  } finally {
    await duck?.close()
  }
}

/** `KEYSET.RUN.EXTENSION`, in signs that every file system takes: others as %XX, also a dot of the keyset, which would end it. */
const fileName = (keyset: string, run: string, format: string): string => `${prefixOf(keyset)}${safe(run)}.${format}`

const prefixOf = (keyset: string): string => `${safe(keyset).replaceAll('.', '%2E')}.`

const safe = (text: string): string =>
  encodeURIComponent(text.replace(/\p{Cs}/gu, '\ufffd'))
    .replace(/%40/g, '@')
    .replace(/[!'()*~]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)

/** A run's id begins with its rule and an at sign; the files of other rules stay. */
async function removeOld({ folder, format, keep }: FilesPlace, keyset: string, run: ResultRun): Promise<void> {
  if (!Number.isFinite(keep)) return
  const ruleOf = (id: string): string => id.slice(0, id.lastIndexOf('@') + 1)
  const beginning = `${prefixOf(keyset)}${safe(ruleOf(run.id))}`
  const own = fileName(keyset, run.id, format)
  const names = (await readdir(folder)).filter((name) => name.startsWith(beginning) && name.endsWith(`.${format}`))
  const files = await Promise.all(
    names.filter((name) => name !== own).map(async (name) => ({ name, ms: (await stat(join(folder, name))).mtimeMs })),
  )
  const old = files.sort((a, b) => b.ms - a.ms || (a.name < b.name ? 1 : -1)).slice(keep - 1)
  for (const { name } of old) await rm(join(folder, name), { force: true })
}

/** What processes left that were killed while they wrote: nobody writes one file for a day, nor do clocks differ by so much. */
async function removeParts(folder: string, results: readonly KeysetRows[]): Promise<void> {
  const isOurs = (name: string): boolean => results.some(({ keyset }) => name.startsWith(prefixOf(keyset)))
  for (const name of (await readdir(folder)).filter((name) => name.endsWith('.part') && isOurs(name))) {
    // One that is gone has been renamed by who wrote it.
    const found = await stat(join(folder, name)).catch(() => undefined)
    if (found !== undefined && found.mtimeMs < Date.now() - DAY_MS) await rm(join(folder, name), { force: true })
  }
}

function meaningOf(error: unknown, folder: string): RuleError {
  const text = messageOf(error)
  const isFull = /ENOSPC|EDQUOT|disk is full/.test(text)
  const says = isFull ? `no room is left in ${folder}` : `cannot write files in ${folder}: ${text}`
  const hint = isFull
    ? 'Free some disk space; the result is kept.'
    : 'Check that it is a folder, and that you may write there.'
  return new RuleError('warehouse', says, { hint, cause: error })
}
