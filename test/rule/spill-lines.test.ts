import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { findParts, joinKey, splitKey } from '#hob/rule/map/joined-key.js'
import { SpillLines } from '#hob/rule/map/spill-lines.js'
import { quoted } from '#hob/rule/map/spill-text.js'
import { TextFile } from '#hob/rule/map/text-file.js'

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hob-lines-'))
})

afterAll(() => rm(folder, { recursive: true }))

/** What is in a file into which lines were written. */
async function written(write: (lines: SpillLines) => void): Promise<string> {
  const file = new TextFile(join(folder, 'lines'))
  const lines = new SpillLines()
  lines.begin(file)
  write(lines)
  lines.flush()
  const path = file.close()
  return path === null ? '' : readFile(path, 'utf8')
}

const TEXTS = [
  '',
  'plain',
  'a "quote"',
  '"',
  'ä',
  'naïve',
  '漢字',
  '\u{1f600}',
  'line\nend',
  'x'.repeat(254),
  'ÿ'.repeat(255),
]
const NUMBERS = [
  0,
  -0,
  1,
  9,
  10,
  99,
  100,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  -1,
  -10,
  0.5,
  1e21,
  2 ** 53,
  -(2 ** 31),
  1e-7,
  999_999_999,
]

describe('lines of a spill', () => {
  test('have numbers as JavaScript writes them', async () => {
    const numbers = [...NUMBERS, ...Array.from({ length: 40 }, (_, at) => Math.floor(1.7 ** at))]
    const text = await written((lines) => {
      for (const number of numbers) lines.number(number)
    })
    assert.equal(text, numbers.map((number) => `,${number}`).join(''))
  })

  test('have texts in quotes, the parts of a key, and nothing', async () => {
    const key = joinKey(TEXTS)
    const text = await written((lines) => {
      const bounds: number[] = []
      findParts(key, TEXTS.length, bounds)
      for (let part = 0; part < TEXTS.length; part++) {
        lines.quoted(key, bounds[part], bounds[part + 1])
        lines.comma()
      }
      lines.nothing()
      lines.end()
    })
    assert.equal(text, `${TEXTS.map((each) => `${quoted(each)},`).join('')},\\N\n`)
    assert.deepEqual(splitKey(key, TEXTS.length), TEXTS)
  })

  test('are whole and in their order where they do not fit into the buffer', async () => {
    const long = 'ä"'.repeat(40_000)
    const expected: string[] = []
    const text = await written((lines) => {
      for (let at = 0; at < 9_000; at++) {
        const part = at % 4_000 === 3_999 ? long : `part ${at}`
        lines.quoted(part)
        lines.number(at)
        lines.text(',"[0.5]"')
        lines.end()
        expected.push(`${quoted(part)},${at},"[0.5]"\n`)
      }
    })
    assert.ok(text === expected.join(''))
  })

  test('write nothing of nothing', async () => {
    assert.equal(await written(() => {}), '')
  })
})

test('keys are joined so that their parts are found again', () => {
  const parts = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...TEXTS)), {
    minLength: 1,
    maxLength: 5,
  })
  fc.assert(fc.property(parts, (each) => assert.deepEqual(splitKey(joinKey(each), each.length), each)))
})
