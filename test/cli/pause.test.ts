import assert from 'node:assert/strict'
import { test } from 'vitest'
import { hob, inScratchFolder } from './hob.js'

test('a queue is paused and goes on; status and queues show it', () =>
  inScratchFolder(async (cwd) => {
    await hob(['send', 'mail', '1'], { cwd })
    assert.doesNotMatch((await hob(['status'], { cwd })).out, /PAUSED/)
    assert.equal((await hob(['pause', 'mail'], { cwd })).out, 'mail is paused; 1 job waits\n')
    assert.equal((await hob(['pause', 'mail'], { cwd })).out, 'mail was paused already; 1 job waits\n')
    for (const command of ['status', 'queues']) {
      const { out } = await hob([command], { cwd })
      assert.match(out, /PAUSED\nmail .* paused\n/)
    }
    assert.equal(JSON.parse((await hob(['status', '--json'], { cwd })).out).queues[0].isPaused, true)
    assert.equal((await hob(['resume', 'mail'], { cwd })).out, 'mail goes on; 1 job waits\n')
    assert.equal((await hob(['resume', 'mail'], { cwd })).out, 'mail was not paused\n')
    const json = await hob(['pause', 'mail', '--json'], { cwd })
    assert.deepEqual(JSON.parse(json.out), [{ queue: 'mail', isPaused: true, wasPaused: false }])
  }))

test('a mistyped queue pauses nothing; --new pauses one before its first job', () =>
  inScratchFolder(async (cwd) => {
    await hob(['send', 'mail', '1'], { cwd })
    assert.deepEqual(await hob(['pause', 'mail', 'imprts'], { cwd }), {
      status: 1,
      out: '',
      err: "hob: there is no queue 'imprts'\nQueues here: mail. --new is for one that is yet to come.\n",
    })
    assert.doesNotMatch((await hob(['queues'], { cwd })).out, /PAUSED/)
    assert.equal((await hob(['pause', '--new', 'imports'], { cwd })).out, 'imports is paused; 0 jobs wait\n')
    await hob(['send', 'imports', '1'], { cwd })
    assert.match((await hob(['queues'], { cwd })).out, /imports +1 .* paused\n/)
  }))

test('a kitchen without queues may be the wrong one; what makes a queue is named', () =>
  inScratchFolder(async (cwd) => {
    await hob(['schedule', 'add', 'night', '--cron', '@daily', '-q', 'reports'], { cwd })
    const none = 'This kitchen has none. Name another with --kitchen or HOB_KITCHEN; the first job makes a queue.'
    const orNew = `${none} --new is for one that is yet to come.`
    for (const [line, hint] of [
      ['jobs mail', none],
      ['resume mail', none],
      ['pause mail', orNew],
      ['queue set mail --attempts 2', orNew],
    ] as const) {
      const { err } = await hob(line.split(' '), { cwd })
      assert.equal(err, `hob: there is no queue 'mail'\n${hint}\n`)
    }
  }))
