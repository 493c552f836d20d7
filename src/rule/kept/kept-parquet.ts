import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ScannedGroup, ScannedValue } from '../groups/scanned.js'
import { linkOrCopy } from '../link-or-copy.js'
import type { Duck } from '../result/duck.js'
import { copyParquet } from '../result/parquet-copy.js'
import type { TaskPlace } from '../result/reduce-task.js'
import { csvTable, literalPath } from '../result/sql-text.js'
import { fromExactJson } from './exact-json.js'
import type { KeptGroups, KeptScan } from './kept-groups.js'

/** Bytes that a line of CSV may have: a record of 8 MiB as JSON, most of whose characters are escapes. */
const RECORD_BYTES = 128 * 1024 * 1024

type Column = readonly [name: string, type: string]

/** Makes Parquet of the groups that a task wrote as CSV, which goes. @throws RuleError `fault`: a full disk, for example. */
export async function keptAsParquet(duck: Duck, kept: KeptGroups, { folder, name }: TaskPlace): Promise<KeptGroups> {
  const scans: KeptScan[] = []
  for (const [at, scan] of kept.scans.entries()) {
    if (scan.file === null) scans.push(scan)
    else {
      const file = join(folder, `${name}-kept-${at}.parquet`)
      const { size: bytes } = await stat(scan.file)
      const table = csvTable(columnsOf(scan), [scan.file], { bytes, recordBytes: RECORD_BYTES })
      await copyParquet(duck, `SELECT * FROM ${table}`, file)
      await rm(scan.file)
      scans.push({ ...scan, file })
    }
  }
  return { ...kept, scans }
}

/** The same groups under other names, in a folder that is there: those of a run stay when another run that kept them goes. */
export async function keptIn(folder: string, { scans, lines, bytesRead }: KeptGroups, name = 'm'): Promise<KeptGroups> {
  const own = async (file: string | null, as: string): Promise<string | null> => {
    if (file === null) return null
    await linkOrCopy(file, join(folder, as))
    return join(folder, as)
  }
  return {
    scans: await Promise.all(
      scans.map(async (scan, at) => ({ ...scan, file: await own(scan.file, `${name}-kept-${at}.parquet`) })),
    ),
    lines: await own(lines, `${name}-kept-lines.bin`),
    bytesRead,
  }
}

/** The groups of a scan in batches, in no order. @param groupsMax The first ones alone; all unless given. */
export async function* keptGroups(
  duck: Duck,
  scan: KeptScan,
  groupsMax?: number,
): AsyncGenerator<readonly ScannedGroup[], void, undefined> {
  if (scan.file === null) return
  const names = columnsOf(scan).map(([name]) => name)
  const limit = groupsMax === undefined ? '' : ` LIMIT ${groupsMax}`
  const fieldCount = fieldColumns(scan).length
  const rows = duck.stream(`SELECT ${names.join(', ')} FROM read_parquet(${literalPath(scan.file)})${limit}`)
  for await (const batch of rows) yield batch.map((row) => groupOf(row, fieldCount))
}

const columnsOf = (scan: KeptScan): readonly Column[] => [
  ['n', 'BIGINT'],
  ...fieldColumns(scan),
  ...scan.values.flatMap((_, at) => SUMS.map(([name, type]): Column => [`${name}${at}`, type])),
]

const fieldColumns = ({ fields }: KeptScan): readonly Column[] =>
  (fields ?? ['']).map((_, at): Column => [`k${at}`, 'VARCHAR'])

/** Of a value part. */
const SUMS: readonly Column[] = [
  ['present', 'BIGINT'],
  ['numbers', 'BIGINT'],
  ['whole', 'VARCHAR'],
  ['doubles', 'VARCHAR'],
  ['min', 'DOUBLE'],
  ['max', 'DOUBLE'],
]

function groupOf([count, ...row]: readonly unknown[], fieldCount: number): ScannedGroup {
  const values: ScannedValue[] = []
  for (let at = fieldCount; at < row.length; at += SUMS.length) values.push(sumsOf(row.slice(at, at + SUMS.length)))
  const fields = row.slice(0, fieldCount).map((text) => (text === null ? undefined : fromExactJson(text as string)))
  return { fields, count: Number(count), values }
}

function sumsOf([present, numbers, whole, doubles, min, max]: readonly unknown[]): ScannedValue {
  return {
    present: Number(present),
    numbers: Number(numbers),
    whole: wholeOf(String(whole)),
    doubles: doubles === null ? [] : (JSON.parse(String(doubles)) as number[]),
    min: min === null ? Number.NaN : Number(min),
    max: max === null ? Number.NaN : Number(max),
  }
}

/** As scans have it: a number where that is exact. */
function wholeOf(digits: string): number | bigint {
  const number = Number(digits)
  return Number.isSafeInteger(number) ? number : BigInt(digits)
}
