import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, test } from 'vitest'
import { count, csv, dynamic, jsonLines, lines, type Reader, RuleError, type RuleOptions } from '#hob/index.js'
import { filesOf, mapFiles, mapPieces, sumsOf } from './map-task.js'

const ruleOf = (input: Reader, keyPart = 'a'): RuleOptions => ({
  name: 'r',
  input,
  partsPreprocess: [count],
  keyParts: [keyPart],
  valueParts: ['count'],
})

/** What became of one file: sums, and line and reason of bad rows. */
async function read(input: Reader, content: string | Buffer, keyPart = 'a') {
  const output = await mapFiles(ruleOf(input, keyPart), filesOf(content))
  const { rowsRead, rowsBad } = output.counters
  assert.equal(rowsBad, output.badRows.length)
  return { sums: sumsOf(output), bad: output.badRows.map(({ line, reason }) => `${line}: ${reason}`), rowsRead }
}

const bytes = (...parts: readonly (string | readonly number[])[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))))

describe('lines of JSON', () => {
  test('that are none, or no objects, are set aside, and so is half a line at the end', async () => {
    const { sums, bad, rowsRead } = await read(
      jsonLines(),
      '{"a":1}\n\n \t\r\n[1]\nnull\n"x"\n3\n{"a":1}\r\nnonsense\n{"a":',
    )
    assert.deepEqual([sums, rowsRead], [{ 1: 2 }, 8])
    assert.deepEqual(
      bad.map((text) => text.slice(0, 28)),
      [
        '4: JSON, but no object: a li',
        '5: JSON, but no object: null',
        '6: JSON, but no object: a st',
        '7: JSON, but no object: a nu',
        '9: not JSON: Unexpected toke',
        '10: not JSON: Unexpected end',
      ],
    )
  })

  test('with invalid UTF-8 or NUL bytes are set aside alone', async () => {
    const content = bytes('\uFEFF{"a":"é"}\n{"a":"', [0xff], '"}\n{"a":"\0"}\n{"a":"é"}\n{"a":"', [0xc3])
    const { sums, bad } = await read(jsonLines(), content)
    assert.deepEqual(sums, { é: 2 })
    assert.deepEqual(bad, ['2: not valid UTF-8', '3: a NUL byte', '5: not valid UTF-8'])
  })

  test('of 100 MB are set aside in constant memory, with their start', async () => {
    const start = Buffer.from('{"a":1}\n{"a":"')
    const content = Buffer.concat([start, Buffer.alloc(100_000_000, 'x'), Buffer.from('"}\n{"a":1}\n')])
    const files = filesOf(content)
    const before = process.memoryUsage().arrayBuffers
    let most = 0
    const onProgress = () => {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before)
    }
    const output = await mapFiles(ruleOf(jsonLines()), files, { onProgress })
    assert.deepEqual(sumsOf(output), { 1: 2 })
    const [row] = output.badRows
    assert.deepEqual(
      [output.badRows.length, row?.line, row?.reason, row?.text.length],
      [1, 2, 'a line of more than 8 MiB', 1_000],
    )
    assert.ok(most < 64 * 1024 * 1024, `${most} bytes`)
    rmSync(files[0]?.file ?? '')
  })

  test('may have __proto__ and other members of all objects as fields', async () => {
    const content = '{"__proto__":{"b":1},"a":"x"}\n{"a":"x","constructor":"c"}\n{"toString":1}\n'
    assert.deepEqual((await read(jsonLines(), content)).sums, { x: 2 })
    assert.deepEqual((await read(jsonLines(), content, '__proto__')).sums, { '{"b":1}': 1 })
    assert.deepEqual((await read(jsonLines(), content, 'constructor')).sums, { c: 1 })
    assert.deepEqual((await read(jsonLines(), content, 'b')).sums, {})
    assert.equal(({} as { b?: unknown }).b, undefined)
  })

  test('whose key has more than 1 MiB are set aside', async () => {
    const { sums, bad } = await read(jsonLines(), `{"a":"${'é'.repeat(2 ** 19)}"}\n{"a":"${'é'.repeat(2 ** 19)}x"}\n`)
    assert.deepEqual(Object.values(sums), [1])
    assert.deepEqual(bad, ["2: key part 'a': more than 1 MiB"])
  })
})

describe('CSV', () => {
  test('may have a BOM, CRLF, quotes over lines and empty lines', async () => {
    const { sums, bad } = await read(csv({ header: true }), '\uFEFFa,b\r\n\r\n"x\r\ny","say ""no"""\r\nz,\r\n"z",2')
    assert.deepEqual([sums, bad], [{ 'x\r\ny': 1, z: 2 }, []])
  })

  test('with too few or too many fields is bad, with both numbers', async () => {
    const { sums, bad } = await read(csv({ fields: ['a', 'b'] }), 'x,1\nx\nx,1,2\n"x",1\n"x"\n')
    assert.deepEqual(sums, { x: 2 })
    assert.deepEqual(bad, [
      '2: 1 field, but the fields are 2',
      '3: 3 fields, but the fields are 2',
      '5: 1 field, but the fields are 2',
    ])
    const { bad: ofHeader } = await read(csv({ header: true }), 'a,b\nx\n')
    assert.deepEqual(ofHeader, ['2: 1 field, but the header has 2'])
  })

  test('with wrong quotes loses one line, and reading goes on', async () => {
    const { sums, bad, rowsRead } = await read(csv(), 'x,1\n"x,1\ny,"2\nz,3\n"q"w,1\n"open,1\nz,1', '_0')
    assert.deepEqual(sums, { x: 1, z: 2 })
    assert.equal(rowsRead, bad.length + 3)
    assert.deepEqual(
      bad.map((text) => text.split(':')[0]),
      ['2', '3', '5', '6'],
    )
  })

  test('may have __proto__ as a column', async () => {
    const content = '__proto__,a\nx,y\n'
    assert.deepEqual((await read(csv({ header: true }), content, '__proto__')).sums, { x: 1 })
    assert.deepEqual((await read(csv({ header: true }), content)).sums, { y: 1 })
  })

  test('with a header that cannot be read is the end', async () => {
    await assert.rejects(read(csv({ header: true }), 'a,a\n1,2\n'), {
      code: 'input',
      message: "0: its header cannot be read: it names the column 'a' more than once",
    })
    await assert.rejects(read(csv({ header: true }), '"a,b\n1,2\n'), { code: 'input' })
  })

  test('and JSON may take turns', async () => {
    const { sums, bad } = await read(dynamic({ fields: ['a', 'b'] }), '{"a":"x"}\nx,1\n"x\n{",2\n{"a":\n{"a":"x"}')
    assert.deepEqual(sums, { x: 3, 'x\n{': 1 })
    assert.deepEqual(
      bad.map((text) => text.slice(0, 11)),
      ['5: not JSON'],
    )
  })

  test('with delimiters of its own', async () => {
    assert.deepEqual((await read(csv({ dialect: 'tsv' }), 'x,y\t1\n', '_0')).sums, { 'x,y': 1 })
    assert.deepEqual((await read(csv({ delimiter: '|' }), 'x|"|"\n', '_1')).sums, { '|': 1 })
  })
})

test('plain lines are a field', async () => {
  assert.deepEqual((await read(lines(), 'a\r\n\n"b\na', 'line')).sums, { a: 2, '"b': 1 })
})

describe('files', () => {
  const good = '{"a":"x"}\n'.repeat(3)
  const hash = createHash('sha256').update(good).digest('hex')

  test('that are gzip are read by any reader, of several members too', async () => {
    const content = Buffer.concat([gzipSync(good), gzipSync(good)])
    assert.deepEqual((await read(jsonLines(), content)).sums, { x: 6 })
  })

  test('that are empty hold nothing', async () => {
    assert.deepEqual(await read(jsonLines(), ''), { sums: {}, bad: [], rowsRead: 0 })
    assert.deepEqual(await read(csv({ header: true }), gzipSync('')), { sums: {}, bad: [], rowsRead: 0 })
  })

  test.each([
    ['cut', gzipSync(good).subarray(0, 20)],
    ['damaged', Buffer.concat([gzipSync(good).subarray(0, 12), Buffer.alloc(30, 7)])],
  ])('of gzip that is %s end the task', async (_, content) => {
    await assert.rejects(read(jsonLines(), content), (error) => {
      assert.ok(error instanceof RuleError && error.code === 'input')
      assert.match(error.message, /^0: its gzip is damaged: /)
      return true
    })
  })

  test('that are gone, or folders, are named, and what to do', async () => {
    const [file] = filesOf(good)
    assert.ok(file)
    const blob = { ...file, name: 'users-0-abc', tag: 'users', hash }
    const whole = { ...blob, from: 0, to: good.length, firstLine: 1, kind: 'input' as const }
    rmSync(file.file)
    for (const reading of [mapFiles(ruleOf(jsonLines()), [blob]), mapPieces(ruleOf(jsonLines()), [whole])]) {
      await assert.rejects(reading, (error) => {
        assert.ok(error instanceof RuleError && error.code === 'input')
        assert.match(error.message, /^blob users-0-abc: there is no file /)
        assert.match(error.hint ?? '', /hob blob untag users users-0-abc/)
        return true
      })
    }
    await assert.rejects(mapFiles(ruleOf(jsonLines()), [{ ...file, file: '/' }]), {
      code: 'input',
      message: '0: / is no file',
    })
  })

  test('whose content is not what the hash says end the task', async () => {
    for (const content of [good, gzipSync(good)]) {
      const [file] = filesOf(content)
      assert.ok(file)
      const blob = { ...file, tag: 'users', hash }
      assert.deepEqual(sumsOf(await mapFiles(ruleOf(jsonLines()), [blob])), { x: 3 })
      writeFileSync(
        file.file,
        readFileSync(file.file).length > 40 ? gzipSync(good.replace('x', 'y')) : good.replace('x', 'y'),
      )
      await assert.rejects(mapFiles(ruleOf(jsonLines()), [blob]), { code: 'input', message: /not what its hash says/ })
    }
  })
})
