import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { count, csv, jsonLines, type Reader, type RuleOptions } from '#hob/index.js'
import { mapThrough } from '../real-path.js'
import { merged } from './merged.js'

const MIB = 1024 * 1024

const ruleOf = (input: Reader): RuleOptions => ({
  name: 'long',
  input,
  partsPreprocess: [count],
  keysets: {
    short: { keyParts: ['a'], valueParts: ['count', 'n', { countDistinct: 'a' }] },
    long: { keyParts: ['b'], valueParts: ['count', { max: 'n' }] },
    all: { keyParts: ['a'], valueParts: ['count'], partsPreprocess: [(parts) => ({ ...parts, w: 1 })] },
  },
})

/** Maps a text by both engines. @returns What both made. */
async function bothOf(input: Reader, text: string | Buffer, piecesBytes = 2 ** 30) {
  const cut = { piecesBytes, tasks: 1, groupsMax: 1_000, isGzip: false }
  const [rows, groups] = await Promise.all(
    (['rows', 'groups'] as const).map(async (engine) => {
      const { paths: _, ...made } = await mapThrough(ruleOf(input), [Buffer.from(text)], {
        cut: { ...cut, engine },
        keyset: null,
        hold: (rule, outputs) => outputs.map((output) => merged(rule, output)),
      })
      return made
    }),
  )
  assert.deepEqual(groups, rows)
  return { counters: rows?.counters[0], bad: rows?.bad[0]?.list ?? [] }
}

/** A line of JSON of just so many bytes. */
function lineOf(bytes: number, fill: string): string {
  const [start, end] = ['{"a":"x","n":2,"b":"', '"}']
  return start + fill.repeat((bytes - start.length - end.length) / Buffer.byteLength(fill)) + end
}

const SHORT = '{"a":"x","n":1,"b":"y"}\n'.repeat(50)

describe('by groups as by rows', { timeout: 120_000 }, () => {
  test('a line of 8 MiB with its end is read, and one of a byte more is bad', async () => {
    const text = `${SHORT}${lineOf(8 * MIB - 1, 'z')}\n${SHORT}${lineOf(8 * MIB, 'z')}\n${SHORT}`
    const { counters, bad } = await bothOf(jsonLines(), text)
    assert.deepEqual([counters?.rowsRead, counters?.rowsBad], [152, 2])
    assert.deepEqual(
      bad.map(({ line, reason }) => `${line}: ${reason}`),
      ["51: key part 'b': more than 1 MiB", '102: a line of more than 8 MiB'],
    )
  })

  test('keys of a megabyte are kept, and a byte more is bad', async () => {
    const key = (bytes: number, fill: string) => `{"b":"${fill.repeat(bytes / Buffer.byteLength(fill))}","a":"x"}\n`
    const text = [key(MIB, 'k'), key(MIB + 1, 'k'), key(MIB, 'é'), SHORT, key(MIB, 'k'), key(MIB + 2, 'é')].join('')
    const { counters, bad } = await bothOf(jsonLines(), text)
    assert.equal(counters?.rowsBad, 2)
    assert.deepEqual(
      bad.map(({ line }) => line),
      [2, 55],
    )
  })

  test('numerals and escapes of a megabyte are what they are', async () => {
    const numeral = (digits: string) => `{"a":"x","b":"y","n":${digits}}\n`
    const text = [
      numeral(`0.${'3'.repeat(MIB)}`),
      numeral(`1${'0'.repeat(MIB)}`),
      numeral(`${'1'.repeat(300)}.${'0'.repeat(MIB)}1`),
    ]
    const escapes = `{"a":"${'\\u0078'.repeat(100_000)}","b":"${'\\\\'.repeat(100_000)}","n":"${' '.repeat(MIB)}7"}\n`
    const { counters } = await bothOf(jsonLines(), [...text, escapes, SHORT, ...text, escapes].join(''))
    assert.deepEqual([counters?.rowsRead, counters?.rowsBad], [58, 0])
  })

  test('a line that ends in another block, or piece, is the same', async () => {
    const lines = Array.from({ length: 40 }, (_, at) =>
      lineOf(100_000 + at * 7_919, at % 2 === 0 ? 'z' : 'é'.normalize()).slice(0),
    )
    for (const piecesBytes of [2 ** 30, 300_000])
      await bothOf(jsonLines(), `${SHORT}${lines.join('\n')}\n${SHORT}`, piecesBytes)
  })

  test('a record of CSV goes on over blocks, and one of more than 8 MiB is bad', async () => {
    const input = csv({ fields: ['a', 'n', 'b'] })
    const short = 'x,1,y\n"x",2,"y"\nx,,"y ""z"""\n'.repeat(20)
    for (const mib of [1, 7.9, 8.1]) {
      const lines = `${'a line '.repeat(1_000)}\n`.repeat((mib * MIB) / 7_001)
      await bothOf(input, `${short}x,3,"${lines}"\n${short}`)
      await bothOf(input, `${short}x,3,"${lines}\n${short}`)
      await bothOf(input, `${short}"${lines}",4,y\n${short}`, 500_000)
    }
  })
})
