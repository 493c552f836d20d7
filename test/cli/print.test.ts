import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'vitest'
import { makePaint, wantsColour } from '#hob/cli/print/colour.js'
import { LiveScreen } from '#hob/cli/print/live-screen.js'
import { Output } from '#hob/cli/print/output.js'
import { formatProgress, ProgressLine } from '#hob/cli/print/progress-line.js'
import { formatTable } from '#hob/cli/print/table.js'
import { visible } from '#hob/cli/print/visible.js'
import { RunWatch } from '#hob/cli/rule-watch.js'
import { VirtualClock } from '#hob/core/clock.js'
import { formatCount, formatRate, plural } from '#hob/core/count.js'

function paper(isTTY: boolean): { output: Output; text: () => string } {
  const stream = Object.assign(new PassThrough(), { isTTY })
  return { output: new Output(stream), text: () => String(stream.read() ?? '') }
}

test('numbers', () => {
  assert.deepEqual([0, 999, 1_000, 1_234_567].map(formatCount), ['0', '999', '1,000', '1,234,567'])
  assert.deepEqual([0, 0.05, 3.21, 12_345.6].map(formatRate), ['0/s', '0.05/s', '3.2/s', '12,346/s'])
  assert.deepEqual([plural(1, 'order'), plural(0, 'order')], ['1 order', '0 orders'])
})

test('a table is as wide as its cells', () => {
  const rows = [
    { name: 'a', count: 1 },
    { name: 'longer', count: 20 },
  ]
  const columns = [
    { heading: 'NAME', align: 'left', cell: (row: { name: string }) => row.name },
    { heading: 'N', align: 'right', cell: (row: { count: number }) => String(row.count) },
  ] as const
  assert.deepEqual(formatTable<(typeof rows)[0]>(columns, rows), ['NAME     N', 'a        1', 'longer  20'])
})

test('colour is for terminals, unless the environment says otherwise', () => {
  assert.equal(wantsColour({}, true), true)
  assert.equal(wantsColour({}, false), false)
  assert.equal(wantsColour({ NO_COLOR: '1' }, true), false)
  assert.equal(wantsColour({ NO_COLOR: '' }, true), true)
  assert.equal(wantsColour({ TERM: 'dumb' }, true), false)
  assert.equal(wantsColour({ FORCE_COLOR: '1', NO_COLOR: '1' }, false), true)
  assert.equal(wantsColour({ FORCE_COLOR: '0' }, true), false)
  assert.equal(makePaint(true).red('x'), '\u001b[31mx\u001b[39m')
  assert.equal(makePaint(false).red('x'), 'x')
})

test('what a command printed cannot command the terminal', () => {
  assert.equal(visible('a\u001b[2J\tb\r\nc\u009b'), 'a␛[2J\tb\nc\ufffd')
})

test('progress tells count, share, rate and time to go', () => {
  const start = { atMs: 0, count: 0, total: 10_000 }
  assert.equal(formatProgress([start], 'orders'), '0/10,000 orders  0%')
  assert.equal(
    formatProgress([start, { atMs: 3_000, count: 1_200, total: 10_000 }], 'orders'),
    '1,200/10,000 orders  12%  400/s  22s left',
  )
  assert.equal(
    formatProgress(
      [
        { atMs: 0, count: 0, share: 0 },
        { atMs: 1_000, count: 50, share: 0.5 },
      ],
      'orders',
    ),
    '50 orders  50%  50/s  1.0s left',
  )
  assert.equal(
    formatProgress(
      [
        { atMs: 0, count: 0 },
        { atMs: 1_000, count: 5 },
      ],
      'orders',
    ),
    '5 orders  5.0/s',
  )
})

test('a progress line is redrawn ten times a second at most', () => {
  const { output, text } = paper(true)
  const clock = new VirtualClock()
  const line = new ProgressLine(output, { noun: 'orders', clock })
  for (let count = 0; count < 1_000; count++) {
    line.update({ count, total: 1_000 })
    clock.pass(1)
  }
  assert.equal(text().split('\r').length - 1, 10)
})

test('a progress line is silent where there is no terminal, unless asked for', () => {
  const clock = new VirtualClock()
  const silent = paper(false)
  const line = new ProgressLine(silent.output, { noun: 'orders', clock })
  line.update({ count: 1 })
  line.clear()
  assert.equal(silent.text(), '')
  const asked = paper(false)
  new ProgressLine(asked.output, { noun: 'orders', clock, always: true }).update({ count: 1 })
  assert.equal(asked.text(), '1 orders\n')
})

test('a live screen goes up by what it drew before', () => {
  const { output, text } = paper(true)
  const screen = new LiveScreen(output)
  screen.draw(['a', 'b'])
  assert.doesNotMatch(text(), /A/)
  screen.draw(['c'])
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what moves the cursor begins with one
  assert.match(text(), /^\u001b\[2A.*c.*\u001b\[J/s)
})

test('a run takes its progress line away before its result is written', () => {
  const { output, text } = paper(true)
  const watch = new RunWatch(output, { bar: false, log: false, quiet: false })
  const counts = { tasks: 1, tasksDone: 0, rowsRead: 12, bytesRead: 1, bytesTotal: 1 }
  watch.onProgress({ run: 'a.b@1', stage: 'finish', ...counts })
  assert.match(text(), /12 rows/)
  watch.begin('write')
  assert.equal(text(), '\r\u001b[K')
})
