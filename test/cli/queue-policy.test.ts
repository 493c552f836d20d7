import assert from 'node:assert/strict'
import { test } from 'vitest'
import { backoffKind } from '#hob/cli/policy-options.js'
import { tellPolicy } from '#hob/cli/policy-words.js'
import { exponential, fixed, linear } from '#hob/index.js'
import { hob, inScratchFolder } from './hob.js'

test('what is set is shown, by its own command and with the queues', () =>
  inScratchFolder(async (cwd) => {
    await hob(['send', 'mail', '1'], { cwd })
    const set = await hob(
      [
        'queue',
        'set',
        'mail',
        '--attempts',
        '5',
        '--backoff',
        'exponential:1s:1h',
        '--keep-done',
        '7d',
        '--keep-error-max',
        'all',
      ],
      { cwd },
    )
    const said = [
      'set for mail, before what its workers say:',
      '  attempts        5',
      '  backoff         exponential:1s:1h',
      '  keep-done       7d',
      '  keep-error-max  all',
      '',
    ].join('\n')
    assert.deepEqual(set, { status: 0, out: said, err: '' })
    assert.equal((await hob(['queue', 'show', 'mail'], { cwd })).out, `mail: 1 READY\n${said}`)
    const [queue] = JSON.parse((await hob(['queues', '--json'], { cwd })).out)
    assert.deepEqual(queue.policy, {
      attempts: 5,
      backoff: exponential({ firstMs: 1_000, mostMs: 3_600_000 }),
      keep: { doneMs: 7 * 86_400_000, errorMax: 'all' },
    })
    assert.match(
      (await hob(['queues'], { cwd })).out,
      /POLICY\nmail .* attempts 5, backoff exponential:1s:1h, keep-done 7d/,
    )

    const left = await hob(['queue', 'unset', 'mail', 'backoff', 'keep-done', 'keep-error-max'], { cwd })
    assert.equal(left.out, 'set for mail, before what its workers say:\n  attempts        5\n')
    const none = await hob(['queue', 'unset', 'mail', '--all'], { cwd })
    assert.equal(none.out, 'nothing is set for mail: its workers say\n')
  }))

test('what cannot be set, and a queue that is not there', () =>
  inScratchFolder(async (cwd) => {
    await hob(['send', 'mail', '1'], { cwd })
    const refused = async (status: number, message: RegExp, ...args: string[]) => {
      const ended = await hob(['queue', ...args], { cwd })
      assert.equal(ended.status, status, args.join(' '))
      assert.match(ended.err, message)
    }
    await refused(1, /no queue 'mial'\nDid you mean mail\? .*--new/, 'set', 'mial', '--attempts', '5')
    await refused(2, /nothing is to be set\nGive some of --attempts/, 'set', 'mail')
    await refused(2, /'0' is not a whole number from 1/, 'set', 'mail', '--attempts', '0')
    await refused(2, /--keep-done: 'week' is not a duration/, 'set', 'mail', '--keep-done', 'week')
    await refused(2, /--backoff: 'often' is no backoff/, 'set', 'mail', '--backoff', 'often')
    await refused(2, /Did you mean keep-done\?/, 'unset', 'mail', 'keep-doen')
    await refused(2, /nothing is to be unset/, 'unset', 'mail')
    await refused(2, /either options or --all/, 'unset', 'mail', 'attempts', '--all')
    await refused(1, /no queue 'mial'/, 'show', 'mial')
    assert.equal((await hob(['queue', 'set', 'later', '--new', '--attempts', '3'], { cwd })).status, 0)
    assert.match((await hob(['queue', 'show', 'later'], { cwd })).out, /^later: no jobs\nset for later/)
  }))

test('a backoff is its kind, its first wait and its longest', () => {
  assert.deepEqual(backoffKind.parse('exponential:2s:10m'), exponential({ firstMs: 2_000, mostMs: 600_000 }))
  assert.deepEqual(backoffKind.parse('linear:500ms'), linear({ firstMs: 500 }))
  assert.deepEqual(backoffKind.parse('fixed'), fixed())
  for (const text of ['', 'exp', 'fixed:x', 'linear:10s:5s', 'fixed:1s:2s:3s'])
    assert.throws(() => backoffKind.parse(text))
})

test('a policy in words can be typed again', () => {
  assert.equal(
    tellPolicy({
      backoff: fixed({ firstMs: 90_000 }),
      keep: { doneMs: 36 * 3_600_000, doneMax: 100_000, errorMs: 1_500 },
    }),
    'backoff fixed:90s, keep-done 36h, keep-done-max 100,000, keep-error 1500ms',
  )
  assert.equal(tellPolicy({ backoff: linear({ jitter: 0.5 }) }), 'backoff linear:1s:1h less up to 50%')
  assert.equal(tellPolicy({}), '')
})
