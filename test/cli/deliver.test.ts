import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { PassThrough } from 'node:stream'
import { test } from 'vitest'
import type { QueueSummary } from '#hob/broker/control.js'
import { openMemory } from '#hob/broker/memory/memory.js'
import { accountLines } from '#hob/cli/delivery-account.js'
import { DeliveryReport } from '#hob/cli/delivery-report.js'
import { DeliverySignals } from '#hob/cli/delivery-signals.js'
import { Output } from '#hob/cli/print/output.js'
import type { Terminal } from '#hob/cli/terminal.js'
import { systemClock } from '#hob/core/clock.js'
import { Output as CommandOutput } from '#hob/orders/command/output.js'
import { onFarm } from '../support/farm.js'
import { startHob } from '../support/running.js'
import { until } from '../support/until.js'
import { HOB, hob, inScratchFolder } from './hob.js'

test('an order that nobody here tries again counts as failed', () =>
  inScratchFolder(async (cwd) => {
    await hob(['load', '-'], { cwd, input: 'a\nb\n' })
    const left = await hob(['deliver', '--max', '2', '--attempts', '2', '--backoff', '1h', '/bin/false'], { cwd })
    assert.equal(left.status, 2)
    assert.match(left.err, /\nhob: 0 delivered, 0 failed, 2 to be tried again in /)
  }))

test('an order that is tried again here counts by how it ends', () =>
  inScratchFolder(async (cwd) => {
    await hob(['load', '-'], { cwd, input: 'a\n' })
    const script = 'test -e tried || { touch tried; exit 1; }'
    const { status, err } = await hob(['deliver', '--attempts', '2', '--backoff', '10ms', 'sh', '-c', script], { cwd })
    assert.equal(status, 0)
    assert.match(err, /\nhob: 1 delivered, 0 failed, 1 attempt repeated in /)
  }))

test('Node may be told what is for a whole process, and not for one of its threads', () =>
  inScratchFolder(async (cwd) => {
    await hob(['load', '-'], { cwd, input: 'a\n' })
    const { status, stdout } = spawnSync(process.execPath, ['--no-opt', HOB, 'deliver', 'echo'], {
      cwd,
      encoding: 'utf8',
    })
    assert.deepEqual({ status, stdout }, { status: 0, stdout: 'a\n' })
  }))

test('the account tells what there is to tell', () => {
  const counts = { done: 1_000, failed: 2, cancelled: 0, retried: 3, released: 1, refused: 1 }
  const left = { ready: 4, scheduled: 1, running: 0, error: 2 }
  const account = { ...counts, queue: 'mail', halted: true, toTryAgain: 1, seconds: 10, left }
  assert.deepEqual(accountLines(account), [
    '1,000 delivered, 2 failed, 1 to be tried again, 2 attempts repeated, 1 given back, 1 refused in 10s (100/s)',
    'ended by --halt; 4 orders left READY',
    'to see why: hob extract -q mail --state error; to try them again: hob reset -q mail, then deliver',
    '1 order for later: deliver again then, or use --wait',
  ])
  const none = { done: 0, failed: 0, cancelled: 0, retried: 0, released: 0, refused: 0, toTryAgain: 0, seconds: 1 }
  const nothing = { ready: 0, scheduled: 0, running: 0, error: 0 }
  assert.deepEqual(accountLines({ ...none, queue: 'orders', halted: false, left: nothing }), [
    'nothing to deliver: load orders with hob load FILE',
  ])
  assert.deepEqual(accountLines({ ...none, queue: 'orders', halted: false, left: { ...nothing, error: 3 } }), [
    'nothing to deliver; 3 orders in ERROR: hob reset puts them back',
  ])
})

test('a grace that is longer than any timer does not end at once', async () => {
  const calls: string[] = []
  const waiter = { stop: () => void calls.push('stop'), abort: () => void calls.push('abort') }
  const signals = new DeliverySignals(waiter, {
    graceMs: 30 * 86_400_000,
    say: (text) => void calls.push(text),
    noun: 'orders',
  })
  signals.start()
  process.emit('SIGTERM')
  // A timer that overflows goes off after one millisecond.
  await new Promise((resolve) => setTimeout(resolve, 20))
  signals.stop()
  assert.equal(signals.status, 143)
  assert.deepEqual(calls.slice(1), ['stop'])
})

test('a look at the kitchen that is under way when the waiter ends draws nothing any more', async () => {
  const [asked, answer] = [signal<void>(), signal<readonly QueueSummary[]>()]
  const control = openMemory({ clock: systemClock })
  control.queues = () => {
    asked.resolve()
    return answer.promise
  }
  const stream = new PassThrough()
  const report = new DeliveryReport(
    { queue: 'orders', name: 'me', tag: false, bar: true, json: false },
    { terminal: terminalOn(stream), joblog: null, control },
  )
  const none = { done: 0, failed: 0, cancelled: 0, retried: 0, released: 0, refused: 0 }
  report.start({ counts: none, stop: () => {}, hasHalted: false })
  await asked.promise
  report.stop()
  const counts = { scheduled: 0, ready: 1, running: 0, done: 1, error: 0, cancelled: 0 }
  answer.resolve([{ queue: 'orders', counts, recent: { ended: 0, seconds: 60 }, isPaused: false }])
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(stream.read(), null)
})

test('a joblog that is behind holds the next attempt up', async () => {
  const room = signal<void>()
  const joblog = { write: () => room.promise, close: async () => {} }
  const control = openMemory({ clock: systemClock })
  const terminal = terminalOn(new PassThrough())
  const options = { queue: 'orders', name: 'me', tag: false, bar: false, json: false }
  const report = new DeliveryReport(options, { terminal, joblog, control })
  report.onSettled(DELIVERY, 'done')
  let isOver = false
  const over = report.onOutput(DELIVERY)?.then(() => {
    isOver = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(isOver, false)
  room.resolve()
  await over
})

const SILENCE = new CommandOutput(Buffer.alloc(0), 0)

const DELIVERY = {
  job: {
    id: '1',
    lease: { queue: 'orders', epoch: 1 },
    payload: '[]',
    attempt: 1,
    failures: 0,
    attemptsMax: null,
    isSuspect: false,
    sentMs: 0,
  },
  command: null,
  ended: { exitCode: 0, signal: null, startedMs: 0, ranMs: 1, end: 'exited', stdout: SILENCE, stderr: SILENCE },
  ran: { outcome: { kind: 'done' }, report: { ranMs: 1 } },
} as const

function signal<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

function terminalOn(stream: PassThrough): Terminal {
  const output = new Output(stream)
  return { input: new PassThrough(), out: output, err: output, env: {}, onLost: () => {} }
}

test('who waits for orders ticks the schedules that send them, and serves metrics', () =>
  onFarm(async (farm) => {
    await farm.make()
    const added = await hob(['schedule', 'add', 'often', '--every', '1s', '-q', 'orders', '["a"]'], {
      cwd: farm.folder,
    })
    assert.equal(added.status, 0, added.err)
    const waiter = startHob(['deliver', '--wait', '--metrics', '0', 'echo', 'done'], { cwd: farm.folder })
    await until('an order of the schedule is delivered', () => waiter.out.includes('done a\n'))
    const url = /serves metrics at (\S+)/.exec(waiter.err)?.[1] ?? ''
    await until('it is counted', async () =>
      /hob_jobs_settled_total\{queue="orders",outcome="done"\} [1-9]/.test(await (await fetch(url)).text()),
    )
    assert.equal((await fetch(new URL('/ready', url))).status, 200)
    waiter.kill('SIGINT')
    assert.equal((await waiter.ended).status, 130)
  }))
