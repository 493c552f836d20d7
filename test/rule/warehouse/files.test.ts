import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'vitest'
import { openKitchen, toBlobs, toFiles } from '#hob/index.js'
import type { KeysetRows, ResultColumn } from '#hob/rule/rule.js'
import { rejection } from '../../laws/warehouse.js'
import { keysetRows, runOf } from '../../support/keyset-rows.js'
import { writeParquet } from '../../support/parquet-fixture.js'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hob-files-'))
})
afterEach(() => rm(folder, { recursive: true }))

const VALUES: Readonly<Record<string, ResultColumn['type']>> = { count: 'integer', paid: 'number', note: 'any' }

async function keyset(name: string, rows: readonly (readonly unknown[])[]): Promise<KeysetRows> {
  const file = join(folder, `${encodeURIComponent(name)}.source.parquet`)
  const made = keysetRows({ key: ['last'], values: VALUES, rows, table: name, file })
  await writeParquet(file, made.columns, rows)
  return made
}

const ROWS = [
  ['Powell, Ann', 9_007_199_254_740_993n, 3, 'x'],
  ['', null, 0.5, null],
]

describe('files of results', () => {
  test('are there whole, one for each keyset, the same when written again', async () => {
    const out = join(folder, 'deep/out')
    const results = [await keyset('names', ROWS), await keyset('a/b.c', [])]
    for (const format of ['csv', 'jsonl', 'parquet'] as const) {
      const { name, write } = toFiles({ folder: out, format })
      assert.equal(name, `${format} files in ${out}`)
      await write(results, runOf('names.last@1'))
      await write(results, runOf('names.last@1'))
    }
    const run = 'names.last@1'
    const files = ['csv', 'jsonl', 'parquet'].flatMap((format) => [
      `a%2Fb%2Ec.${run}.${format}`,
      `names.${run}.${format}`,
    ])
    assert.deepEqual((await readdir(out)).sort(), files.sort())
    const csv = await readFile(join(out, `names.${run}.csv`), 'utf8')
    assert.equal(csv, 'last,count,paid,note\n"Powell, Ann",9007199254740993,3,x\n"",,0.5,\n')
    const lines = await readFile(join(out, `names.${run}.jsonl`), 'utf8')
    assert.equal(lines.split('\n')[0], '{"last":"Powell, Ann","count":9007199254740993,"paid":3,"note":"x"}')
    assert.equal(await readFile(join(out, `a%2Fb%2Ec.${run}.csv`), 'utf8'), 'last,count,paid,note\n')
    const source = await readFile(results[0]?.file ?? '')
    assert.deepEqual(await readFile(join(out, `names.${run}.parquet`)), source)
  })

  test('of old runs of the same rule go, where only some are to be kept, and halves that are a day old', async () => {
    const results = [await keyset('names', ROWS)]
    const out = join(folder, 'out')
    const write = (id: string) => toFiles({ folder: out, format: 'csv', keep: 2 }).write(results, runOf(id))
    for (const [at, id] of ['m.other@1', 'm.names@1', 'm.names@2', 'm.names@3'].entries()) {
      await write(id)
      await utimes(join(out, `names.${id}.csv`), 1_000 + at, 1_000 + at)
    }
    const [old, fresh] = ['names.m.names@0.csv.aa.part', 'names.m.names@9.csv.bb.part']
    for (const name of [old, fresh]) await writeFile(join(out, name), 'half')
    await utimes(join(out, old), 1_000, 1_000)
    await write('m.names@3')
    const kept = ['names.m.names@2.csv', 'names.m.names@3.csv', fresh, 'names.m.other@1.csv']
    assert.deepEqual((await readdir(out)).sort(), kept.sort())
  })

  test('cannot be written where there is no folder, and it is said', async () => {
    await writeFile(join(folder, 'file'), '')
    const { write } = toFiles({ folder: join(folder, 'file/out'), format: 'csv' })
    const error = await rejection(write([await keyset('names', ROWS)], runOf('names@1')))
    assert.match(error.message, /cannot write files in .*file\/out/)
    assert.match(error.hint ?? '', /folder/)
  })
})

describe('blobs of results', () => {
  test('come under a tag for each keyset, once, in a kitchen of their own', async () => {
    const url = `sqlite:${join(folder, 'hob.db')}`
    const store = `file:${join(folder, 'blobs')}`
    const results = [await keyset('_default', ROWS), await keyset('other', ROWS), await keyset('none', [])]
    const processor = toBlobs({ tag: 'sums:names', kitchen: url, store, compress: true })
    await processor.write(results, runOf('names.last@1'))
    await processor.write(results, runOf('names.last@1'))
    await processor.write(results, runOf('names.last@2'))
    await using kitchen = await openKitchen(url)
    const blobs = await kitchen.blobs(store)
    assert.deepEqual(
      (await blobs.tags()).map(({ tag, blobCount }) => [tag, blobCount]),
      [
        ['sums:names', 2],
        ['sums:names:other', 2],
      ],
    )
    const content: Buffer[] = []
    for await (const chunk of blobs.cat('sums:names')) content.push(Buffer.from(chunk))
    const lines = Buffer.concat(content).toString().split('\n').slice(0, -1)
    assert.equal(lines.length, 4)
    assert.equal(lines[1], '{"last":"","count":null,"paid":0.5,"note":null}')
    const [blob] = await blobs.list('sums:names')
    assert.equal(blob?.records, 2)
    assert.match(blob?.name ?? '', /^names\.last_1\._default\.jsonl-000000-/)
  })

  test('cannot be made in a kitchen that cannot be opened, and it is said', async () => {
    process.env.HOB_TEST_NO_KITCHEN = 'postgres://me:secret@127.0.0.1:9/hob'
    const { write, name } = toBlobs({ tag: 't', kitchen: 'env:HOB_TEST_NO_KITCHEN', store: `file:${folder}` })
    const error = await rejection(write([await keyset('names', ROWS)], runOf('names@1')))
    assert.match(error.message, /cannot write blobs under t: cannot reach/)
    assert.doesNotMatch(`${name} ${error.message} ${error.hint}`, /secret/)
  })
})
