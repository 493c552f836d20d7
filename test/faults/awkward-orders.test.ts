import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, test } from 'vitest'
import { hob } from '../cli/hob.js'
import { type Farm, onFarm } from '../support/farm.js'

const WRITE_ARGUMENTS = fileURLToPath(new URL('fixtures/write-arguments.mjs', import.meta.url))

/** Whatever might be read as something else than text on its way. */
const AWKWARD: readonly (readonly string[])[] = [
  ['plain'],
  ["it's", '"quoted"', "'", '"', "'\"'\"'"],
  ['two\nlines', '\n', 'ends\n', '\r\n', 'tab\there'],
  ['$(touch pwned)', '`touch pwned`', '$HOME', '; touch pwned', '&& touch pwned', '| cat', '> pwned'],
  ['-n', '--help', '--', '-', '-e'],
  ['👩‍🍳🔥', 'żółć', '日本語', '\u{10ffff}', '‮right to left'],
  ['', ' ', '  two  ', '\\', '\\n', '\\\\', '*', '?', '[a-z]', '~', '{a,b}', '!!', '#', '%s', '\x01\x1b[31m\x7f'],
  ['{}', '{1}', '{name}', '{{}}'],
]

const csvOf = (fields: readonly string[]): string => fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(',')

interface Form {
  readonly format: string
  readonly write: (orders: readonly (readonly string[])[]) => string
  readonly orders: readonly (readonly string[])[]
}

const FORMS: readonly Form[] = [
  { format: 'jsonl', orders: AWKWARD, write: (orders) => orders.map((order) => `${JSON.stringify(order)}\n`).join('') },
  { format: 'csv', orders: AWKWARD, write: (orders) => orders.map((order) => `${csvOf(order)}\r\n`).join('') },
  // One argument in each row; an empty row is no order.
  {
    format: 'nul',
    orders: AWKWARD.flat()
      .filter((text) => text !== '')
      .map((text) => [text]),
    write: (orders) => orders.map(([text]) => `${text}\0`).join(''),
  },
]

async function loadAs(farm: Farm, { format, orders, write }: Form): Promise<void> {
  await writeFile(farm.path('orders'), write(orders))
  const loaded = await hob(['load', '--format', format, 'orders'], { cwd: farm.folder })
  assert.deepEqual(loaded, { status: 0, out: `loaded ${orders.length} orders into orders\n`, err: '' })
  await mkdir(farm.path('written'))
}

describe.each(FORMS)('awkward orders from $format', (form) => {
  test('reach the command byte for byte', () =>
    onFarm(async (farm) => {
      await loadAs(farm, form)
      const { status, err } = await farm.deliver('waiter', ['-j', '2', WRITE_ARGUMENTS, 'written']).ended
      assert.equal(status, 0, err)
      for (const [at, order] of form.orders.entries()) {
        const written = await readFile(farm.path(`written/${at + 1}.args`))
        assert.deepEqual(written, Buffer.from(order.map((argument) => `${argument}\0`).join('')))
      }
      await assert.rejects(readFile(farm.path('pwned')))
    }))

  test('reach a shell script as words and nothing else', () =>
    onFarm(async (farm) => {
      await loadAs(farm, form)
      const script = `'${WRITE_ARGUMENTS}' written {}`
      const { status, err } = await farm.deliver('waiter', ['-j', '2', '--shell', script]).ended
      assert.equal(status, 0, err)
      for (const [at, order] of form.orders.entries()) {
        const written = await readFile(farm.path(`written/${at + 1}.args`))
        assert.deepEqual(written, Buffer.from(order.map((argument) => `${argument}\0`).join('')))
      }
      await assert.rejects(readFile(farm.path('pwned')))
    }))
})

/** More than a pipe or an argument takes; quotes and escapes all through it. */
const MEBIBYTE = 'It\'s "1 MiB" of $(text)…\n\t🔥'.repeat(40_000).slice(0, 1024 * 1024)

const MEBIBYTE_FORMS: readonly Form[] = FORMS.map((form) => ({ ...form, orders: [['before'], [MEBIBYTE], ['after']] }))

test.each(MEBIBYTE_FORMS)('an order of 1 MiB from $format reaches the command on its standard input', (form) =>
  onFarm(async (farm) => {
    await loadAs(farm, form)
    const { status, err } = await farm.deliver('waiter', ['--stdin', WRITE_ARGUMENTS, 'written']).ended
    assert.equal(status, 0, err)
    for (const [at, order] of form.orders.entries()) {
      assert.equal(await readFile(farm.path(`written/${at + 1}.args`), 'utf8'), '')
      const stdin = await readFile(farm.path(`written/${at + 1}.stdin`), 'utf8')
      assert.deepEqual(JSON.parse(stdin), order)
    }
  }),
)
