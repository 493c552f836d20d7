import assert from 'node:assert/strict'
import fc from 'fast-check'
import papaparse from 'papaparse'
import { describe, test } from 'vitest'
import { parseOrder } from '#hob/orders/payload.js'
import { LINE_BYTES_MAX } from '#hob/orders/rows/physical-lines.js'
import { formatOf, type ReadOptions, readRows } from '#hob/orders/rows/read-rows.js'
import { isBad, type Row } from '#hob/orders/rows/row.js'

/** Every row of a text that arrives in pieces of `size` bytes. */
async function rowsOf(text: string | Buffer, options: ReadOptions, size = 1 << 16): Promise<readonly Row[]> {
  const rows: Row[] = []
  for await (const batch of readRows(pieces(Buffer.from(text), size), options)) rows.push(...batch)
  return rows
}

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** `[line, arguments]` of good rows and `[line, reason]` of bad ones. */
const told = (rows: readonly Row[]): readonly unknown[] =>
  rows.map((row) => [row.line, isBad(row) ? row.bad : parseOrder(row.payload).values])

const WRONG_QUOTES = 'wrong quotes: one is not closed, or stands where it may not'

describe('csv', () => {
  const csv: ReadOptions = { format: 'csv' }
  const withHeader: ReadOptions = { format: 'csv', header: true }

  test('has an argument for each field, and rows that may differ in length', async () => {
    assert.deepEqual(told(await rowsOf('a,b,c\nd\n,\n', csv)), [
      [1, ['a', 'b', 'c']],
      [2, ['d']],
      [3, ['', '']],
    ])
  })

  test('reads quotes, quoted newlines, CRLF, a byte order mark, empty lines and a last line without an end', async () => {
    const text = '\uFEFF"a, ""x""",b\r\n\r\n"one\r\ntwo\n\nthree",c\r\n""\nlast'
    for (const size of [1, 2, 3, 7, 1000]) {
      assert.deepEqual(told(await rowsOf(text, csv, size)), [
        [1, ['a, "x"', 'b']],
        [3, ['one\r\ntwo\n\nthree', 'c']],
        [7, ['']],
        [8, ['last']],
      ])
    }
  })

  test('names columns by a header', async () => {
    const [row] = await rowsOf('\n2019,"first name"\nx,y\n', withHeader)
    assert.ok(row && !isBad(row))
    assert.equal(row.payload, '{"names":["2019","first name"],"values":["x","y"]}')
    assert.equal(row.line, 3)
  })

  test('has no rows when there is only a header, or nothing', async () => {
    assert.deepEqual(await rowsOf('a,b\n', withHeader), [])
    assert.deepEqual(await rowsOf('', withHeader), [])
    assert.deepEqual(await rowsOf('\uFEFF', csv), [])
  })

  test('tells rows that do not fit the header', async () => {
    assert.deepEqual(told(await rowsOf('a,b\n1,2\n3\n"4",5,6\n7,8\n', withHeader)), [
      [2, ['1', '2']],
      [3, '1 field, but the header has 2'],
      [4, '3 fields, but the header has 2'],
      [5, ['7', '8']],
    ])
  })

  test('refuses a header that names a column twice, or cannot be read', async () => {
    await assert.rejects(rowsOf('a,b,a,c,b,a\n1,2,3,4,5,6\n', withHeader), {
      code: 'argument',
      message: "line 1: the header names more than one column 'a', 'b'",
    })
    await assert.rejects(rowsOf('"a,b\n1,2\n', withHeader), {
      code: 'argument',
      message: /^line 1: the header cannot be/,
    })
  })

  test('gives up only the line of a stray quote', async () => {
    for (const size of [1, 5, 1000]) {
      assert.deepEqual(told(await rowsOf('a,b\n5" disk,c\nd,"e"\n"f"g,h\ni,j\n"open,k\nl,m', csv, size)), [
        [1, ['a', 'b']],
        [2, WRONG_QUOTES],
        [3, ['d', 'e']],
        [4, WRONG_QUOTES],
        [5, ['i', 'j']],
        [6, WRONG_QUOTES],
        [7, ['l', 'm']],
      ])
    }
  })

  test('takes quotes inside a field that does not begin with one as they are', async () => {
    assert.deepEqual(told(await rowsOf('5" x 3" disk,b\n', csv)), [[1, ['5" x 3" disk', 'b']]])
  })

  test('gives up a line whose quote is not closed within the bound, and goes on', async () => {
    const many = 'x'.repeat(1023)
    const lines = ['"open,1', ...Array.from({ length: LINE_BYTES_MAX / 1024 + 10 }, () => many), 'last']
    const rows = await rowsOf(lines.join('\n'), csv)
    assert.deepEqual(told(rows.slice(0, 1)), [[1, WRONG_QUOTES]])
    assert.equal(rows.length, lines.length)
    assert.deepEqual(told(rows.slice(-1)), [[lines.length, ['last']]])
  })

  test('tells a record with bytes that are no UTF-8, or a NUL, as one bad row', async () => {
    const bytes = Buffer.concat([
      Buffer.from('é,"x\n'),
      Buffer.from([0xff]),
      Buffer.from('\ny",z\n\0,b\ngut,\u{1F600}\n'),
    ])
    for (const size of [1, 4, 1000]) {
      const rows = await rowsOf(bytes, csv, size)
      assert.deepEqual(told(rows), [
        [1, 'not valid UTF-8'],
        [4, 'a NUL character, which no argument can hold'],
        [5, ['gut', '\u{1F600}']],
      ])
      assert.ok(rows[0] && isBad(rows[0]))
      assert.equal(rows[0].raw, 'é,"x\n\uFFFD\ny",z')
    }
  })

  test('takes another delimiter', async () => {
    assert.deepEqual(told(await rowsOf('a;b,c;"d;e"\n', { format: 'csv', delimiter: ';' })), [[1, ['a', 'b,c', 'd;e']]])
    assert.throws(() => readRows(pieces(Buffer.alloc(0), 1), { format: 'csv', delimiter: '"' }), { code: 'argument' })
    assert.throws(() => readRows(pieces(Buffer.alloc(0), 1), { format: 'lines', header: true }), { code: 'argument' })
  })

  test('reads what papaparse wrote, in pieces of any size', async () => {
    const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r\n', ' ', 'é', '\u{1F600}', ';') })
    const records = fc.array(fc.array(field, { minLength: 1, maxLength: 4 }), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(records, fc.integer({ min: 1, max: 40 }), fc.boolean(), async (rows, size, quotes) => {
        const text = papaparse.unparse(rows as string[][], { quotes, newline: '\n' })
        const isEmptyLine = (row: readonly string[]): boolean => !quotes && row.length === 1 && row[0] === ''
        const expected = rows.filter((row) => !isEmptyLine(row))
        const read = await rowsOf(text, csv, size)
        assert.deepEqual(
          read.map((row) => isBad(row) || parseOrder(row.payload).values),
          expected,
        )
      }),
    )
  })
})

describe('tsv', () => {
  test('is a csv with tabs', async () => {
    const rows = await rowsOf('a\tb\n"x\ty"\tz,1\n', { format: 'tsv', header: true })
    assert.deepEqual(told(rows), [[2, ['x\ty', 'z,1']]])
  })
})

describe('jsonl', () => {
  const jsonl: ReadOptions = { format: 'jsonl' }

  test('has arrays, objects and single values', async () => {
    const rows = await rowsOf('["a",1, {"b":2}]\r\n\n{"z":1,"7":"x","a":null}\n"one"\n', jsonl)
    const payloads = rows.map((row) => [row.line, !isBad(row) && row.payload])
    assert.deepEqual(payloads, [
      [1, '["a",1, {"b":2}]'],
      [3, '{"names":["z","7","a"],"values":[1,"x",null]}'],
      [4, '"one"'],
    ])
  })

  test('tells what is no order', async () => {
    const rows = await rowsOf('{"a":1\n["a\\u0000b"]\n[12345678901234567890]\n{"a":1e999}\n[1.5]\n', jsonl)
    assert.match(String(rows[0] && isBad(rows[0]) && rows[0].bad), /^not JSON: /)
    assert.deepEqual(told(rows.slice(1)), [
      [2, 'a NUL character, which no argument can hold'],
      [3, 'a number too large to be exact (about 12345678901234567000): write it as a string'],
      [4, 'a number too large to be exact (about Infinity): write it as a string'],
      [5, ['1.5']],
    ])
  })
})

describe('lines and nul', () => {
  test('have one argument each', async () => {
    assert.deepEqual(told(await rowsOf('a, "b"\r\n\n -x \nlast', { format: 'lines' })), [
      [1, ['a, "b"']],
      [3, [' -x ']],
      [4, ['last']],
    ])
    assert.deepEqual(told(await rowsOf('a\nb\0\0c\r\0', { format: 'nul' }, 2)), [
      [1, ['a\nb']],
      [3, ['c\r']],
    ])
  })

  test('tell a line over the bound without holding it', async () => {
    async function* endless(): AsyncGenerator<Buffer> {
      yield Buffer.from('first\n')
      for (let count = 0; count < 40; count++) yield Buffer.alloc(1 << 20, 'x')
      yield Buffer.from('end\nlast')
    }
    const rows: Row[] = []
    for await (const batch of readRows(endless(), { format: 'lines' })) rows.push(...batch)
    assert.deepEqual(told(rows), [
      [1, ['first']],
      [2, 'a line of more than 8,388,608 bytes'],
      [3, ['last']],
    ])
    assert.ok(rows[1] && isBad(rows[1]) && rows[1].raw.length === 1_000)
    const inOneChunk = `${'x'.repeat(LINE_BYTES_MAX + 1)}\nlast`
    const [bad, last] = await rowsOf(inOneChunk, { format: 'lines' }, inOneChunk.length)
    assert.deepEqual([bad && isBad(bad), last?.line], [true, 2])
  })

  test('tell one that is nested so deep that nobody could print it', async () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000)
    for (const text of [deep, `{"a":${deep}}`]) {
      const [row] = await rowsOf(text, { format: 'jsonl' })
      assert.deepEqual(row && isBad(row) && row.bad, 'nested more than 1000 levels deep')
    }
  })

  test('tell an order over the payload bound', async () => {
    const [row] = await rowsOf('x'.repeat(5 << 20), { format: 'lines' })
    assert.deepEqual(row && isBad(row) && row.bad, '5,242,884 bytes; at most 4,194,304 fit')
  })
})

test('a format is told by the extension', () => {
  const names = ['a.csv', 'a.b.TSV', 'x/a.jsonl', 'a.ndjson', 'a.txt', 'a', '-', '.csv/a', 'a.constructor']
  assert.deepEqual(names.map(formatOf), ['csv', 'tsv', 'jsonl', 'jsonl', 'lines', 'lines', 'lines', 'lines', 'lines'])
})
