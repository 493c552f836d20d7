import assert from 'node:assert/strict'
import { QuotedRecords } from '#hob/orders/rows/quoted-records.js'
import { exactTotal } from '#hob/rule/exact-sum.js'
import type { GroupScan } from '#hob/rule/groups/group-plan.js'
import type { ScannedGroup, ScannerOptions } from '#hob/rule/groups/scanned.js'
import { TextScanner } from '#hob/rule/groups/text-scanner.js'
import { Block } from '#hob/rule/map/block.js'
import { CsvRows } from '#hob/rule/map/csv-rows.js'
import { JsonRows } from '#hob/rule/map/json-rows.js'
import { PlainRows } from '#hob/rule/map/plain-rows.js'
import type { RowReader, RowSink } from '#hob/rule/map/row-sink.js'
import { numberOf } from '#hob/rule/number-of.js'
import type { Parts } from '#hob/rule/rule.js'

/** What is scanned how. */
export interface ScanCase {
  readonly format: ScannerOptions['format']
  readonly delimiter: string
  /** Names of the columns; null: numbered. */
  readonly columns: readonly string[] | null
  readonly scans: readonly GroupScan[]
  readonly bytesMax: number
  readonly text: string
  /** Bytes of each block, about: they end with lines. */
  readonly blockBytes: number
}

/** What came of a group, to be compared. */
interface Sums {
  readonly count: number
  readonly values: readonly { present: number; numbers: number; total: string; min: number; max: number }[]
}

/** What a scanner did with a text. */
export interface Scanned {
  /** By what the fields of a group hold, for each scan. */
  readonly groups: readonly ReadonlyMap<string, Sums>[]
  readonly taken: string
  /** Lines that it did not take, and those that were passed together with them. */
  readonly odd: readonly string[]
  readonly rows: number
  readonly fullCount: number
}

/** Scans a text in blocks, and leaves out what is odd. */
export function scanText(scanCase: ScanCase): Scanned {
  const scanner = new TextScanner(scanCase)
  scanner.columns(scanCase.columns)
  const held: ScannedGroup[][] = scanCase.scans.map(() => [])
  const taken: Buffer[] = []
  const odd: string[] = []
  let rows = 0
  let fullCount = 0
  const drain = (): void => {
    for (const [at, list] of held.entries()) {
      const groups = [...scanner.groups(at)]
      assert.equal(groups.length, scanner.groupCount(at))
      // Their sums are in the scanner until it is cleared.
      list.push(...groups.map(({ fields, count, values }) => ({ fields, count, values })))
    }
    scanner.clear()
    for (const at of held.keys()) assert.equal(scanner.groupCount(at), 0)
  }
  for (const block of blocksOf(scanCase)) {
    scanner.load(block)
    for (let at = 0; at < block.length; ) {
      const stop = scanner.scan(at)
      const passed = block.subarray(at, stop)
      assert.ok(stop === 0 || stop === block.length || block[stop - 1] === 10, 'it stops where a line begins')
      assert.equal(scanner.lines, linesOf(passed).length)
      taken.push(passed)
      rows += scanner.rows
      at = stop
      assert.equal(scanner.stopped === 'end', at === block.length)
      if (scanner.stopped === 'full') {
        fullCount++
        assert.ok(scanCase.scans.some((_, scan) => scanner.groupCount(scan) > 0))
        drain()
      } else if (scanner.stopped === 'odd') {
        const line = recordAt(scanCase, block.subarray(at))
        odd.push(line.toString())
        at += line.length
      }
    }
  }
  drain()
  const groups = held.map((list, at) => sumsOf(list, scanCase.scans[at]))
  return { groups, taken: Buffer.concat(taken).toString(), odd, rows, fullCount }
}

/** What the row readers and `numberOf` make of a text, none of which may be bad. */
export function readText({ scans, ...scanCase }: ScanCase, text: string): Pick<Scanned, 'groups' | 'rows'> {
  const records: Parts[] = []
  const sink: RowSink = {
    take: (parts) => {
      records.push(parts)
      return null
    },
    bad: (_, reason, line) => assert.fail(`taken, but bad: ${reason}: ${line}`),
  }
  const reader = readerOf(scanCase, sink)
  if (text !== '') reader.read(new Block(Buffer.from(text), 1))
  reader.end()
  const groups = scans.map((scan) => {
    const list = records.map(
      (record): ScannedGroup => ({
        fields: scan.fields === null ? [record] : scan.fields.map((field) => own(record, field)),
        count: 1,
        values: scan.values.map(({ part, isNumber }) => ofValue(own(record, part), isNumber)),
      }),
    )
    return sumsOf(list, scan)
  })
  return { groups, rows: records.length }
}

const own = (record: Parts, name: string): unknown => (Object.hasOwn(record, name) ? record[name] : undefined)

function ofValue(value: unknown, isNumber: boolean): ScannedGroup['values'][number] {
  const number = isNumber ? Number(numberOf(value) ?? Number.NaN) : Number.NaN
  const isThere = value !== undefined && value !== null
  const isOne = !Number.isNaN(number)
  return {
    present: isThere ? 1 : 0,
    numbers: isOne ? 1 : 0,
    whole: 0,
    doubles: isOne ? [number] : [],
    min: number,
    max: number,
  }
}

function readerOf({ format, columns, delimiter }: Omit<ScanCase, 'scans'>, sink: RowSink): RowReader {
  if (format === 'json') return new JsonRows(sink, null)
  if (format === 'lines') return new PlainRows(sink, null)
  return new CsvRows(sink, {
    csv: { delimiter },
    isDynamic: format === 'dynamic',
    firstLine: null,
    header: columns,
    onHeader: () => {},
  })
}

const linesOf = (bytes: Buffer): readonly string[] => bytes.toString().match(/[^\n]*\n|[^\n]+$/g) ?? []

function blocksOf({ text, blockBytes }: ScanCase): readonly Buffer[] {
  const bytes = Buffer.from(text)
  const blocks: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const found = bytes.indexOf(10, at + blockBytes)
    const end = found < 0 ? bytes.length : found + 1
    blocks.push(bytes.subarray(at, end))
    at = end
  }
  return blocks
}

/** The lines of the record with which bytes begin, by the row reader: in the block at hand, where that is all there is. */
function recordAt({ format, delimiter }: ScanCase, bytes: Buffer): Buffer {
  const lines = linesOf(bytes)
  const first = lines[0] ?? ''
  let count = 1
  if (
    (format === 'csv' || format === 'dynamic') &&
    first.includes('"') &&
    !(format === 'dynamic' && first[0] === '{')
  ) {
    const record = new QuotedRecords(delimiter).recordAt(
      lines.map((line) => line.replace(/\n$/, '')),
      0,
      true,
    )
    if (record.kind !== 'open') count = record.lines
  }
  return Buffer.from(lines.slice(0, count).join(''))
}

function sumsOf(groups: readonly ScannedGroup[], scan: GroupScan | undefined): ReadonlyMap<string, Sums> {
  const byKey = new Map<string, ScannedGroup[]>()
  for (const group of groups) {
    const key = group.fields.map((field) => (field === undefined ? 'none' : JSON.stringify(field))).join(' ')
    byKey.set(key, [...(byKey.get(key) ?? []), group])
  }
  const entries = [...byKey].map(([key, list]): [string, Sums] => {
    const count = list.reduce((sum, group) => sum + group.count, 0)
    const values = (scan?.values ?? []).map((_, at) => {
      const parts = list.map(({ values }) => values[at]).filter((value) => value !== undefined)
      const whole = parts.reduce((sum, value) => sum + BigInt(value.whole), 0n)
      const extremes = parts.filter(({ numbers }) => numbers > 0)
      return {
        present: parts.reduce((sum, { present }) => sum + present, 0),
        numbers: parts.reduce((sum, { numbers }) => sum + numbers, 0),
        total: String(
          exactTotal(
            whole,
            parts.flatMap(({ doubles }) => doubles),
          ),
        ),
        min: Math.min(...extremes.map(({ min }) => min)),
        max: Math.max(...extremes.map(({ max }) => max)),
      }
    })
    return [key, { count, values }]
  })
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}
