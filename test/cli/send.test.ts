import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'vitest'
import { momentMs } from '#hob/cli/moment.js'
import { openKitchen } from '#hob/index.js'
import { HOB, hob, inScratchFolder } from './hob.js'
import { shell } from './shell.js'

interface Listed {
  readonly id: string
  readonly payload: unknown
  readonly state: string
  readonly priority: number
  readonly attemptsMax: number | null
  readonly dueMs: number
}

async function jobsOf(queue: string, cwd: string): Promise<readonly Listed[]> {
  const { out } = await hob(['jobs', queue, '--json'], { cwd })
  return JSON.parse(out).jobs
}

test('each argument is a job, and its id is printed', () =>
  inScratchFolder(async (cwd) => {
    assert.deepEqual(await hob(['send', 'mail', '{"to":"ada"}', '7', ' "text" '], { cwd }), {
      status: 0,
      out: '1\n2\n3\n',
      err: '',
    })
    assert.deepEqual(
      (await jobsOf('mail', cwd)).map(({ payload }) => payload),
      [{ to: 'ada' }, 7, 'text'],
    )
    const { out } = await hob(['send', 'mail', '1', '--json'], { cwd })
    assert.deepEqual(JSON.parse(out), { queue: 'mail', jobs: [{ id: '4', isNew: true }] })
  }))

test('a payload stays the text that it is: __proto__ is data', () =>
  inScratchFolder(async (cwd) => {
    await hob(['send', 'mail', '{"__proto__":{"isAdmin":true}}'], { cwd })
    const { out } = await hob(['jobs', 'mail', '--jsonl'], { cwd })
    assert.match(out, /"payload":\{"__proto__":\{"isAdmin":true\}\}/)
  }))

test('an argument that is no JSON is named, and nothing of the call is sent', () =>
  inScratchFolder(async (cwd) => {
    const { status, out, err } = await hob(['send', 'mail', '1', '{to: ada}'], { cwd })
    assert.deepEqual([status, out], [2, ''])
    assert.match(
      err,
      /^hob: argument 2 of 2, \{to: ada\}, is not JSON: .*position 1\n.*single quotes.*Nothing was sent\.\n$/,
    )
    assert.equal((await hob(['queues'], { cwd })).status, 3)
    assert.match((await hob(['send', 'mail', ''], { cwd })).err, /the argument, , is not JSON/)
  }))

test('a queue that was forgotten is missed', () =>
  inScratchFolder(async (cwd) => {
    const { status, err } = await hob(['send', '{"to":"ada"}'], { cwd })
    assert.equal(status, 2)
    assert.match(err, /the queue is missing before \{"to":"ada"\}/)
    assert.equal((await hob(['send', 'line\nend', '1'], { cwd })).status, 2)
  }))

test('a key that is held answers who holds it', () =>
  inScratchFolder(async (cwd) => {
    await hob(['send', 'mail', '1', '--key', 'welcome'], { cwd })
    assert.deepEqual(await hob(['send', 'mail', '2', '--key', 'welcome'], { cwd }), {
      status: 0,
      out: '1\n',
      err: "hob: nothing was sent: job 1 holds the key 'welcome' already\n",
    })
    assert.equal((await jobsOf('mail', cwd)).length, 1)
    assert.equal((await hob(['send', 'mail', '1', '2', '--key', 'k'], { cwd })).status, 2)
    assert.equal((await hob(['send', 'mail', '-', '--key', 'k'], { cwd, input: '1\n' })).status, 2)
    assert.equal((await hob(['send', 'mail', '1', '--key-scope', 'kept'], { cwd })).status, 2)
    assert.equal((await hob(['expedite', 'mail', '1', '--key-scope', 'kept'], { cwd })).status, 2)
  }))

test('how a job is sent', () =>
  inScratchFolder(async (cwd) => {
    await hob(['send', 'mail', '1', '--priority', '5', '--attempts', '2', '--delay', '1h'], { cwd })
    await hob(['send', 'mail', '2', '--at', '2100-01-31T18:00Z'], { cwd })
    await hob(['send', 'mail', '3', '--at', '2001-01-31T18:00Z'], { cwd })
    const [delayed, later, past] = await jobsOf('mail', cwd)
    assert.deepEqual([delayed?.state, delayed?.priority, delayed?.attemptsMax], ['scheduled', 5, 2])
    assert.ok(Math.abs((later?.dueMs ?? 0) - Date.UTC(2100, 0, 31, 18)) < 5_000)
    assert.equal(past?.state, 'ready')
    const both = await hob(['send', 'mail', '1', '--delay', '5s', '--at', '2100-01-31T18:00'], { cwd })
    assert.equal(both.status, 2)
  }))

test('expedited jobs go to the very front, the last of them first', () =>
  inScratchFolder(async (cwd) => {
    await hob(['send', 'mail', '1', '--priority', '1000'], { cwd })
    await hob(['expedite', 'mail', '2', '3'], { cwd })
    await hob(['expedite', 'mail'], { cwd, input: '4\n' })
    const { openKitchen } = await import('#hob/index.js')
    await using kitchen = await openKitchen(`sqlite:${cwd}/.hob/hob.db`)
    const taken = await kitchen.broker.take({ queue: 'mail', node: 'a', countMax: 9, leaseMs: 5_000 })
    assert.deepEqual(
      taken.map(({ payload }) => payload),
      ['4', '3', '2', '1'],
    )
  }))

test('lines of standard input are jobs; one that is no JSON ends it with an account', () =>
  inScratchFolder(async (cwd) => {
    const input = '\ufeff1\r\n\n{"a":2}\n{a}\n5\n'
    const stopped = await hob(['send', 'mail'], { cwd, input })
    assert.equal(stopped.status, 1)
    assert.match(
      stopped.err,
      /^hob: standard input:4: not JSON: .*\n2 jobs were sent\. Mend line 4 and run the same command with --from-line 4\.\n$/,
    )
    const on = await hob(['send', 'mail', '-', '--from-line', '5'], { cwd, input })
    assert.deepEqual(on, { status: 0, out: 'sent 1 job to mail\n', err: '' })
    assert.deepEqual(
      (await jobsOf('mail', cwd)).map(({ payload }) => payload),
      [1, { a: 2 }, 5],
    )
    assert.equal((await hob(['send', 'mail'], { cwd })).out, 'sent 0 jobs to mail: there was no line to send\n')
    const { out } = await hob(['send', 'mail', '--json'], { cwd, input: '1\n' })
    assert.deepEqual(JSON.parse(out), { queue: 'mail', sent: 1, lastLine: 1 })
  }))

test('lines leave as they come, and Ctrl-C says how to go on', () =>
  inScratchFolder(async (cwd) => {
    const send = spawn(process.execPath, [HOB, 'send', 'mail'], { cwd })
    send.stdin.write('1\n2\n')
    while (!(await hob(['queues'], { cwd })).out.includes('mail')) {}
    let err = ''
    send.stderr.on('data', (text) => {
      err += text
    })
    send.kill('SIGINT')
    const [status] = await once(send, 'close')
    assert.equal(status, 130)
    assert.match(err, /interrupted\n2 jobs were sent\. To go on, .* --from-line 3\.\n$/)
  }))

test('a payload that is nested too deep is refused, and one that a program sent is listed as its text', () =>
  inScratchFolder(async (cwd) => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
    const argument = await hob(['send', 'mail', nested(20_000)], { cwd })
    assert.equal(argument.status, 2)
    assert.match(argument.err, /^hob: the argument, .*, is nested more than 1,000 levels deep\nNothing was sent\.\n$/)
    const line = await hob(['send', 'mail'], { cwd, input: `1\n${nested(100_000)}\n2\n` })
    assert.equal(line.status, 1)
    assert.match(line.err, /standard input:2: nested more than 1000 levels deep/)
    const schedule = await hob(['schedule', 'add', 'a', '--every', '1h', '-q', 'mail', nested(20_000)], { cwd })
    assert.equal(schedule.status, 2)
    assert.match(schedule.err, /^hob: the payload is nested more than 1000 levels deep\n$/)

    const kitchen = await openKitchen(`sqlite:${join(cwd, '.hob/hob.db')}`)
    await kitchen.broker.commit([{ send: [{ queue: 'mail', payload: nested(100_000) }] }])
    await kitchen.close()
    const { jobs } = JSON.parse((await hob(['jobs', 'mail', '--json'], { cwd })).out)
    assert.deepEqual([jobs[0].payload, jobs[1].payload], [1, nested(100_000)])
    for (const words of [
      ['jobs', 'mail', '--jsonl'],
      ['job', '2', '--json'],
      ['why', '2', '--json'],
    ]) {
      assert.equal((await hob(words, { cwd })).status, 0)
    }
  }))

test('a folder on standard input is no empty file', () =>
  inScratchFolder(async (cwd) => {
    for (const words of ['send mail', 'load -']) {
      const ended = await shell(`hob ${words} < .; echo $?`, cwd)
      assert.deepEqual(ended, { out: '1\n', err: 'hob: cannot read standard input: it is a folder\n' })
    }
  }))

test('a payload over the cap is refused, with its line', () =>
  inScratchFolder(async (cwd) => {
    const { status, err } = await hob(['send', 'mail'], { cwd, input: `1\n"${'x'.repeat(4 * 1024 * 1024)}"\n` })
    assert.equal(status, 1)
    assert.match(err, /^hob: standard input:2: [\d,]+ bytes; at most 4,194,304 fit\n1 job was sent/)
  }))

test('a moment is one of ISO 8601, and one that there is', () => {
  assert.equal(momentMs.parse('2030-01-31T18:00Z'), Date.UTC(2030, 0, 31, 18))
  assert.equal(momentMs.parse('2030-01-31 18:00:30+01:00'), Date.UTC(2030, 0, 31, 17, 0, 30))
  assert.equal(momentMs.parse('2030-01-31T18:00'), new Date(2030, 0, 31, 18).getTime())
  // A day is its first moment here, and not in UTC.
  assert.equal(momentMs.parse('2030-01-31'), new Date(2030, 0, 31).getTime())
  for (const text of [
    '2030-02-30T10:00',
    '2030-02-30',
    '2030-13-01T10:00',
    '2030-01-31T25:00',
    '2030-01-31Z',
    'tomorrow',
    '',
  ]) {
    assert.throws(() => momentMs.parse(text), /is no moment/)
  }
})
