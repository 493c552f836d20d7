import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Block } from '#hob/rule/map/block.js'
import { JsonRows } from '#hob/rule/map/json-rows.js'
import { type RowScan, scanOfThread } from '#hob/rule/map/row-scan.js'
import type { Place } from '#hob/rule/map/row-sink.js'
import { jsonLine, runsOf } from './arbitraries.js'

/** A record, as text with its names in their order; or a bad line, where and what it was. */
type Read = string | { readonly place: Place; readonly text: string }

/** Numbers as JavaScript tells them, of which JSON has no zero below zero and none that is not finite. */
const told = (_: string, value: unknown): unknown =>
  typeof value === 'number' ? { number: Object.is(value, -0) ? '-0' : String(value) } : value

/** Reads lines as they are told to: in blocks of so many, of which large ones are scanned. */
function rowsOf(lines: readonly string[], linesOfBlock: number, firstLine: number | null): readonly Read[] {
  const read: Read[] = []
  const sink = {
    take(parts: Record<string, unknown>) {
      assert.equal(Object.getPrototypeOf(parts), Object.prototype)
      read.push(JSON.stringify(Object.entries(parts), told))
      // As functions may, which must not show in any other record.
      for (const value of Object.values(parts))
        if (typeof value === 'object' && value !== null) Object.assign(value, { z: 1 })
      for (const name of Object.keys(parts)) delete parts[name]
      parts.own = 1
      return null
    },
    bad: (place: Place, _: string, text: string) => void read.push({ place, text }),
  }
  const rows = new JsonRows(sink, firstLine)
  let offset = 0
  for (let at = 0; at < lines.length; at += linesOfBlock) {
    const isLast = at + linesOfBlock >= lines.length
    const bytes = Buffer.from(lines.slice(at, at + linesOfBlock).join('\n') + (isLast ? '' : '\n'))
    rows.read(new Block(bytes, offset))
    offset += bytes.length
  }
  return read
}

/** So many lines of these that they fill blocks that are worth it. */
const repeated = (lines: readonly string[], bytes: number): readonly string[] => {
  const size = lines.join('\n').length + 1
  return Array.from({ length: Math.ceil(bytes / size) }, () => lines).flat()
}

/** Reads each line by itself, as small blocks are. */
const parsedOf = (lines: readonly string[]): readonly Read[] => rowsOf(lines, 1, 1)

function scan(): RowScan {
  const started = scanOfThread()
  assert.ok(started)
  return started
}

describe('lines of JSON in large blocks', () => {
  test('are the records, and the bad lines, that they are one by one', { timeout: 600_000 }, () =>
    fc.assert(
      fc.property(fc.array(jsonLine, { minLength: 1, maxLength: 40 }), fc.constantFrom(900, 5_000), (some, block) => {
        const lines = repeated(some, 20_000)
        assert.deepEqual(rowsOf(lines, block, 1), parsedOf(lines))
      }),
      runsOf(60),
    ),
  )

  test.each([
    ['other fields', ['{"a":1,"b":2}', '{"a":1}', '{"b":2}', '{"a":1,"c":3,"b":2}', '{}', '{"c":1}']],
    ['another order', ['{"a":1,"b":2}', '{"b":1,"a":2}', '{"a":1,"b":2,"a":3}', '{"a":1,"a":2,"b":3}']],
    ['names like numbers', ['{"b":1,"1":2}', '{"1":2,"b":1}', '{"10":1,"9":2}', '{"9":1,"10":2}']],
    [
      'names that objects have',
      ['{"__proto__":{"x":1},"a":1}', '{"a":1,"toString":2}', '{"constructor":1,"__proto__":2}'],
    ],
    ['names with escapes', ['{"a\\u0062":1}', '{"ab":1}', '{"\\ud800":1}', '{"\ufffd":2}', '{"":3}']],
    ['values with escapes', ['{"a":"\\u0061"}', '{"a":"a"}', '{"a":"\\ud800"}', '{"a":"\\"q\\""}', '{"a":"é😀"}']],
    ['numbers', ['{"a":-0}', '{"a":0}', '{"a":1e400}', '{"a":0.1}', '{"a":1.0}', '{"a":1}', '{"a":01}', '{"a":-}']],
    ['words', ['{"a":null}', '{"a":true}', '{"a":false}', '{"a":"null"}', '{"a":nul}']],
    ['objects and lists', ['{"a":{"b":1},"c":1}', '{"a":[1,{"b":2}],"c":1}', '{"a":[],"c":{}}', '{"a":1,"c":1}']],
    ['blanks', ['', ' ', '\r', '{"a":1}\r', ' { "a" : 1 , "b" : 2 } ', '{"a":1}', '\t', '{"a":1} x']],
    ['bytes that are no text', ['{"a":1}', '{"a":"nul\0"}', '{"a":2}']],
    ['more fields than a line is told apart by', [`{${Array.from({ length: 40 }, (_, at) => `"f${at}":${at}`)}}`]],
    [
      'long texts',
      [`{"a":"${'x'.repeat(64)}","b":1}`, `{"a":"${'x'.repeat(62)}","b":1}`, `{"a":"${'y'.repeat(900)}"}`],
    ],
  ])('with %s', (_, some) => {
    const lines = repeated(some, 60_000)
    assert.deepEqual(rowsOf(lines, 1_500, 1), parsedOf(lines))
  })

  test('whose texts are more than are kept', () => {
    const lines = Array.from({ length: 50_000 }, (_, at) => `{"a":"x","b":1,"c":true,"d":null,"e":"text ${at}"}`)
    assert.deepEqual(rowsOf(lines, 10_000, 1), parsedOf(lines))
  })

  test('with 60,000 records of nothing', () => {
    const lines = Array.from({ length: 60_000 }, () => '{}')
    assert.deepEqual(rowsOf(lines, 60_000, 1), parsedOf(lines))
  })

  test('are told by their bytes where their lines are not known', () => {
    const lines = repeated(['{"a":"é"}', '{"a":', '{"a":2}', '', '[1]'], 40_000)
    const bytes = Buffer.from(lines.join('\n'))
    const bad = rowsOf(lines, 2_000, null).filter((read) => typeof read === 'object')
    expect(bad.length).toBeGreaterThan(1_000)
    for (const { place, text } of bad) {
      expect(place.line).toBeNull()
      expect(bytes.toString('utf8', place.byte ?? 0, (place.byte ?? 0) + text.length)).toBe(text)
    }
  })
})

describe('a scan of rows', () => {
  test('parses none of the lines whose texts came before', () => {
    const bytes = Buffer.from(repeated(['{"a":"x","b":1}', '{"a":"y"}', '', '{"a":"x","b":2}'], 20_000).join('\n'))
    const tally = { lines: 0, odd: 0, texts: 0, added: 0 }
    const nothing = () => {}
    const odd = (from: number) => bytes.indexOf(10, from) + 1
    scan().setNames(['a', 'b'])
    scan().read(bytes, { record: nothing, blank: nothing, odd }, tally)
    expect(tally.odd).toBe(0)
    const before = tally.added
    scan().read(bytes, { record: nothing, blank: nothing, odd }, tally)
    expect(tally.added).toBe(before)
    expect(tally.lines).toBeGreaterThan(1_000)
  })
})
