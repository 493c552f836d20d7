import { statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Database } from 'better-sqlite3'
import { formatBytes } from '../../core/bytes.js'
import { CRASHES_MAX } from '../../core/limits.js'
import {
  bad,
  type Diagnosis,
  type Examination,
  type Finding,
  good,
  note,
  queuesToLookInto,
  SET_ASIDE_LOOK_MAX,
  SET_ASIDE_TOLD_MAX,
} from '../diagnosis.js'
import type { JobId } from '../job-store.js'
import { type FileSystemKind, fileSystemOf, kindOf } from './file-system.js'
import type { Sql } from './sql.js'

const MIB = 1024 * 1024

/** Below this, a busy kitchen fills the disk before anybody looks. */
const FREE_BYTES_NOTE = 1024 * MIB

/** Little more than the write-ahead log takes for itself. */
const FREE_BYTES_BAD = 64 * MIB

/**
 * A log is carried over at 16 MiB. It grows beyond that while somebody reads an old state of the file, or while writers leave
 * no pause to begin it anew (https://www.sqlite.org/wal.html, "Avoiding Excessively Large WAL Files").
 */
const LOG_BYTES_NOTE = 128 * MIB
const LOG_BYTES_BAD = 2048 * MIB

/** A kitchen's file, open. */
export interface OpenFile {
  readonly file: string
  readonly database: Database
  readonly sql: Sql
}

/** What SQLite and the system say of a kitchen's file. Reads only; blocks as long as SQLite reads. */
export function diagnose({ file, database, sql }: OpenFile, { deep }: Examination): Diagnosis {
  const type = fileSystemOf(file)
  const kind = type === undefined ? 'local' : kindOf(type)
  const isForced = Number(database.pragma('synchronous', { simple: true })) >= 2
  return {
    survives: tellSurvival(kind, isForced),
    findings: [
      good('engine', `SQLite ${database.prepare('SELECT sqlite_version()').pluck().get()}`),
      ofDurability(isForced),
      ...(type === undefined ? [] : [ofFileSystem(kind, type)]),
      ofDiskSpace(file),
      ofLog(file),
      ...(deep ? [ofIntegrity(database)] : []),
    ],
    setAside: setAside(sql),
  }
}

function tellSurvival(kind: FileSystemKind, isForced: boolean): string {
  if (kind === 'network') return 'An acknowledged job survives only as far as the network file system keeps its word.'
  if (kind === 'memory')
    return 'An acknowledged job survives the crash of any process, and nothing that ends this machine.'
  if (isForced) return 'An acknowledged job survives the crash of any process, and a power cut.'
  return 'An acknowledged job survives the crash of any process; a power cut may take the last seconds.'
}

function ofDurability(isForced: boolean): Finding {
  if (isForced) return good('durability', 'synchronous=full: every commit is forced to the disk')
  return note(
    'durability',
    'synchronous=normal: commits reach the disk at checkpoints only, seconds later as a rule',
    'Leave ?synchronous=normal out of the URL if no acknowledged job may be lost.',
  )
}

function ofFileSystem(kind: FileSystemKind, type: string): Finding {
  const topic = 'file system'
  switch (kind) {
    case 'local':
      return good(topic, `${type}, of this machine`)
    case 'network':
      return bad(
        topic,
        `${type}: SQLite's log needs locks and memory that a network does not give`,
        'Move the kitchen to a local disk.',
      )
    case 'shared':
      return note(
        topic,
        `${type}, shared with another system`,
        'Use the kitchen from this system only, or move it to a local disk.',
      )
    case 'layer':
      return note(topic, `${type}: as a rule it is gone with its container`, 'Keep the kitchen on a volume.')
    case 'memory':
      return note(topic, `${type}: it is in memory, gone when the machine ends`, 'Move the kitchen to a disk.')
  }
}

function ofDiskSpace(file: string): Finding {
  const { bavail, bsize } = statfsSync(dirname(file))
  const freeBytes = bavail * bsize
  const found = `${formatBytes(freeBytes)} free; the kitchen has ${formatBytes(statSync(file).size)}`
  const advice = 'Free some: on a full disk no job can be sent, and no outcome recorded.'
  if (freeBytes < FREE_BYTES_BAD) return bad('disk space', found, advice)
  return freeBytes < FREE_BYTES_NOTE ? note('disk space', found, advice) : good('disk space', found)
}

function ofLog(file: string): Finding {
  const sizeBytes = statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0
  const found = `${formatBytes(sizeBytes)} of write-ahead log`
  const advice = 'Look for a program that keeps a transaction open on the file, such as an sqlite3 shell.'
  if (sizeBytes > LOG_BYTES_BAD) return bad('log', found, advice)
  return sizeBytes > LOG_BYTES_NOTE ? note('log', found, advice) : good('log', found)
}

function ofIntegrity(database: Database): Finding {
  const said = String(database.pragma('quick_check(1)', { simple: true }))
  if (said === 'ok') return good('integrity', 'all pages were read, and are whole')
  const advice = 'Keep a copy of it, then try the command .recover of the sqlite3 shell.'
  return bad('integrity', `the file is damaged: ${said.split('\n')[0]}`, advice)
}

function setAside(sql: Sql): readonly JobId[] {
  const queues = sql.queuesWithErrors.all() as { readonly id: number; readonly error: number }[]
  const bounds = { look_max: SET_ASIDE_LOOK_MAX, crashes_max: CRASHES_MAX, told_max: SET_ASIDE_TOLD_MAX }
  const ids: number[] = []
  for (const { id } of queuesToLookInto(queues, ({ error }) => error)) {
    if (ids.length >= SET_ASIDE_TOLD_MAX) break
    ids.push(...(sql.setAside.pluck().all({ ...bounds, queue_id: id }) as number[]))
  }
  return ids.slice(0, SET_ASIDE_TOLD_MAX).map(String)
}
