import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import { makePaint } from '#hob/cli/print/colour.js'
import { scheduleLines, tellNext, tellTimes } from '#hob/cli/schedule-lines.js'
import { openKitchen } from '#hob/index.js'
import type { ScheduleView } from '#hob/queue/schedules.js'
import { hob, inScratchFolder } from './hob.js'

test('add, ls, run, rm', () =>
  inScratchFolder(async (cwd) => {
    const night = ['schedule', 'add', 'night', '--cron', '30 2 * * *', '--zone', 'Europe/Berlin', '-q', 'reports']
    const added = await hob(night, { cwd })
    assert.match(added.out, /^added schedule night: 30 2 \* \* \* Europe\/Berlin; next \d{4}-\d\d-\d\d \d\d:30:00, in /)
    const options = ['--overlap', 'skip', '--missed', 'all', '--priority', '5', '--attempts', '2', '--time-as', 'at']
    const probe = ['schedule', 'add', 'probe', '--every', '90s', ...options, '-q', 'probes', '{"url": 1}']
    assert.match((await hob(probe, { cwd })).out, /^added schedule probe: every 90s; /)
    assert.match((await hob([...night, '--paused'], { cwd })).out, /^changed schedule night: .*; paused\n$/)

    const { out } = await hob(['schedule', 'ls'], { cwd })
    assert.match(out, /^SCHEDULE +TICKS +QUEUE +LAST +NEXT +SENT\nnight .* paused +0\nprobe +every 90s +probes +- /)
    assert.match(out, /No process ticks them now/)
    const { schedules, leader } = JSON.parse((await hob(['schedule', 'ls', '--json'], { cwd })).out)
    assert.equal(leader, null)
    const { nextMs, fromMs, ...kept } = schedules[1]
    assert.equal(nextMs, fromMs + 90_000)
    assert.deepEqual(kept, {
      name: 'probe',
      cron: null,
      zone: null,
      everyMs: 90_000,
      queue: 'probes',
      payload: { url: 1 },
      timeMember: 'at',
      priority: 5,
      attemptsMax: 2,
      missed: 'all',
      overlap: 'skip',
      isPaused: false,
      lastMs: null,
      waitingCount: 0,
      sentCount: 0,
      missedCount: 0,
      overlappedCount: 0,
    })

    assert.match((await hob(['schedule', 'run', 'probe'], { cwd })).out, /^sent job \S+ to probes\n$/)
    const again = await hob(['schedule', 'run', 'probe'], { cwd })
    assert.match(again.out, /^not sent: job \S+ of schedule probe has not ended\n$/)
    const kitchen = await openKitchen(`sqlite:${join(cwd, '.hob/hob.db')}`)
    const [job] = await kitchen.broker.jobs({ queue: 'probes', countMax: 10 })
    await kitchen.close()
    assert.match(job?.payload ?? '', /^\{"url":1,"at":\d+\}$/)

    assert.equal((await hob(['schedule', 'rm', 'night'], { cwd })).out, 'removed schedule night\n')
    assert.deepEqual(JSON.parse((await hob(['schedule', 'rm', 'probe', '--json'], { cwd })).out), {
      name: 'probe',
      forgottenCount: 0,
    })
    assert.match((await hob(['schedule', 'ls'], { cwd })).out, /^No schedules yet\./)
  }))

test('show, pause, resume', () =>
  inScratchFolder(async (cwd) => {
    const run = async (...args: readonly string[]) => (await hob(['schedule', ...args], { cwd })).out
    await run('add', 'probe', '--every', '90s', '--overlap', 'skip', '--attempts', '2', '-q', 'probes', '{"url": 1}')
    const shown = await run('show', 'probe')
    assert.match(
      shown,
      /^probe: every 90s\n {2}queue {6}probes\n {2}payload {4}\{"url":1\}\n {2}time-as {4}-\n {2}priority {3}0\n/,
    )
    assert.match(
      shown,
      /\n {2}attempts {3}2\n {2}missed {5}once\n {2}overlap {4}skip\n {2}last tick {2}-\n {2}next tick {2}.*, in .*\n/,
    )
    assert.match(shown, /\n {2}jobs {7}0 sent, 0 waiting, 0 missed, 0 overlapped\n$/)
    const { nextMs, ...kept } = JSON.parse(await run('show', 'probe', '--json'))
    assert.equal(typeof nextMs, 'number')

    assert.equal(await run('pause', 'probe'), 'schedule probe is paused\n')
    assert.equal(await run('pause', 'probe'), 'schedule probe was paused already\n')
    assert.match(await run('show', 'probe'), /next tick {2}paused/)
    const paused = JSON.parse(await run('show', 'probe', '--json'))
    assert.deepEqual(paused, { ...kept, isPaused: true, nextMs: null })

    assert.match(await run('resume', 'probe'), /^schedule probe goes on; next .*, in /)
    assert.match(await run('resume', 'probe'), /^schedule probe was not paused; next .*, in /)
    const { wasPaused, schedule } = JSON.parse(await run('resume', 'probe', '--json'))
    assert.deepEqual({ wasPaused, schedule }, { wasPaused: false, schedule: { ...kept, nextMs } })
  }))

test('what is wrong is told in a line, with its hint, and changes nothing', () =>
  inScratchFolder(async (cwd) => {
    const told = async (status: number, line: string, err: RegExp) => {
      const ended = await hob(['schedule', ...line.split(' ').map((word) => word.replaceAll('_', ' '))], { cwd })
      assert.match(ended.err, err)
      assert.deepEqual({ status: ended.status, out: ended.out }, { status, out: '' })
    }
    await told(3, 'ls', /there is no kitchen/)
    await hob(['schedule', 'add', 'probe', '--every', '1h', '-q', 'q'], { cwd })
    await told(2, 'add a --every 5s', /^hob: --queue is missing/)
    await told(2, 'add a -q q', /either --cron or --every/)
    await told(2, 'add a -q q --every 5s --cron @daily', /either --cron or --every/)
    await told(2, 'add a -q q --every 5s --zone UTC', /--zone goes together with --cron/)
    await told(2, 'add a -q q --every 50ms', /^hob: --every: '50ms' is too short/)
    await told(2, 'add a -q q --every often', /^hob: --every: 'often' is not a duration/)
    await told(2, 'add a -q q --every 5s --overlap maybe', /'maybe' is none of allow, skip, queue/)
    await told(2, 'add a -q q --every 5s {"a":', /the payload is not JSON: .*\n.*Write it like/)
    await told(2, 'add a -q q --every 5s --time-as at', /only an object has room/)
    await told(2, 'add a_b -q q --every 5s', /'a b' cannot be the name of a schedule\n/)
    await told(2, 'add a -q q --cron 0_0_30_2_*', /cron line '0 0 30 2 \*' never comes/)
    await told(2, 'add a -q q --cron 61_*_*_*_*', /its minute cannot be '61'\nThe minute is/)
    await told(2, 'add a -q q --cron @daily --zone berlin', /no time zone 'berlin'\nDid you mean Europe\/Berlin\?/)
    await told(1, 'rm prob', /there is no schedule 'prob'\nDid you mean probe\?/)
    await told(1, 'pause prob', /there is no schedule 'prob'\nDid you mean probe\?/)
    await told(1, 'resume prob', /there is no schedule 'prob'\n/)
    await told(1, 'show prob', /there is no schedule 'prob'\n/)
    await told(1, 'run nothing', /there is no schedule 'nothing'\n/)
    const { schedules } = JSON.parse((await hob(['schedule', 'ls', '--json'], { cwd })).out)
    assert.deepEqual(
      schedules.map(({ name }: { name: string }) => name),
      ['probe'],
    )
  }))

describe('hob schedule ls tells', () => {
  const view: ScheduleView = {
    name: 'a',
    cron: null,
    zone: null,
    everyMs: 3_600_000,
    fromMs: 0,
    queue: 'q',
    payload: null,
    timeMember: null,
    priority: 0,
    attemptsMax: null,
    missed: 'once',
    overlap: 'allow',
    isPaused: false,
    nextMs: 1_700_000_000_000,
    lastMs: null,
    waitingCount: 0,
    sentCount: 0,
    missedCount: 0,
    overlappedCount: 0,
  }
  const lines = (schedules: readonly ScheduleView[], leader: string | null) =>
    scheduleLines({ schedules, leader, nowMs: 1_699_999_940_000 }, makePaint(false))

  test('times as one would type them', () => {
    const told = [1_500, 2_000, 90_000, 3_600_000, 7 * 86_400_000].map((everyMs) => tellTimes({ ...view, everyMs }))
    assert.deepEqual(told, ['every 1500ms', 'every 2s', 'every 90s', 'every 1h', 'every 7d'])
    assert.equal(tellTimes({ cron: '@daily', zone: 'UTC', everyMs: null }), '@daily UTC')
  })

  test('how long until the next tick, or how late it is', () => {
    assert.match(tellNext(view, 1_699_999_940_000), /, in 1m 0s$/)
    assert.match(tellNext(view, 1_700_000_002_000), /, late by 2\.0s$/)
    assert.equal(tellNext({ isPaused: true, nextMs: null }, 0), 'paused')
    assert.equal(tellNext({ isPaused: false, nextMs: null }, 0), '-')
  })

  test('who ticks, and columns only for what there is', () => {
    assert.equal(lines([view], 'web/12').at(-1), 'ticked by web/12')
    assert.doesNotMatch(lines([view], null).join('\n'), /WAITING|MISSED|OVERLAPPED/)
    const busy = { ...view, waitingCount: 1, missedCount: 1_000, overlappedCount: 2 }
    assert.match(lines([busy], null).join('\n'), /SENT {2}WAITING {2}MISSED {2}OVERLAPPED\n.* 0 +1 +1,000 +2\n/)
  })
})
