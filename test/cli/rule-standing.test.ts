import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'vitest'
import { openKitchen } from '#hob/index.js'
import { thisMachine } from '#hob/queue/presence.js'
import { hob, inScratchFolder } from './hob.js'

const NAMES = `import { rule } from 'hob'
export default [
  rule({ name: 'last', sourceTags: 'in:names', minBlobs: 5, archive: true, keyParts: ['last'], valueParts: [] }),
  rule({ name: 'first', sourceTags: 'in:names', run: false, pure: false, keyParts: ['first'], valueParts: [] }),
]
`

/** A folder with rules and a kitchen in which records stand. */
const withRules = (records: Readonly<Record<string, unknown>>, work: (cwd: string) => Promise<void>): Promise<void> =>
  inScratchFolder(async (cwd) => {
    await mkdir(join(cwd, 'rules'))
    await writeFile(join(cwd, 'rules/names.ts'), NAMES)
    await using kitchen = await openKitchen(`sqlite:${join(cwd, '.hob/hob.db')}`)
    const put = Object.entries(records).map(([key, value]) => ({ key, value: JSON.stringify(value) }))
    if (put.length > 0) await kitchen.broker.commit([{ put }])
    await work(cwd)
  })

const BLOBS = Object.fromEntries(['a', 'b', 'c'].map((name, at) => [`tag/in:names/${name}`, { taggedMs: at }]))

const STARTED = new Date('2026-03-10T12:00').getTime()

const RUN = {
  id: 'names.last@1',
  rule: 'names.last',
  state: 'done',
  startedMs: STARTED,
  endedMs: STARTED + 65_000,
  retryMs: null,
  attempt: 1,
  blobs: [{ tag: 'in:names', name: 'z' }],
  files: [],
  error: null,
  counters: { rowsRead: 12_000, rowsBad: 3, rowsFiltered: 0, bytesRead: 0, keysets: {} },
  rowsOut: { _default: 7, other: 3 },
}

test('ls and why', () =>
  withRules(BLOBS, async (cwd) => {
    assert.equal(
      (await hob(['rule', 'ls'], { cwd })).out,
      [
        'RULE         BY ITSELF  BLOBS  LAST RUN  NEXT  STATE',
        'names.first  no           3/1  -         -     run: false',
        'names.last   yes          3/5  -         -     has 3 of 5 blobs',
        '',
      ].join('\n'),
    )
    assert.equal(
      (await hob(['rule', 'why', 'names.last'], { cwd })).out,
      'names.last: has 3 of 5 blobs\nengine  as a sample of its input will tell\n',
    )
    const always = await hob(['rule', 'why', 'first'], { cwd })
    assert.equal(always.out, 'names.first: run: false\nengine  rows: pure is false\n')
    const { reasons, have, need, isReady } = JSON.parse((await hob(['rule', 'why', 'last', '--json'], { cwd })).out)
    assert.deepEqual([reasons, have, need, isReady], [[{ kind: 'few', have: 3, need: 5 }], 3, 5, false])
    const { rules, faults } = JSON.parse((await hob(['rule', 'ls', '--json'], { cwd })).out)
    assert.deepEqual([rules.map((each: { rule: string }) => each.rule), faults], [['names.first', 'names.last'], []])
  }))

test('what is not there, and what does not load', () =>
  withRules({}, async (cwd) => {
    const missing = await hob(['rule', 'why', 'names.lsat'], { cwd })
    assert.match(missing.err, /there is no rule 'names\.lsat'\n.*Did you mean names\.last\?/)
    assert.equal(missing.status, 1)
    await writeFile(join(cwd, 'rules/bad.ts'), '\nexport default [')
    const { err, out } = await hob(['rule', 'ls'], { cwd })
    assert.match(err, /^hob: rules\/bad\.ts:2/)
    assert.match(out, /names\.last/)
    const names = await hob(['rule', 'names'], { cwd })
    assert.match(names.err, /^hob: rules\/bad\.ts:2/)
    assert.equal(names.out, 'names.first\nnames.last\n')
    const nowhere = await hob(['rule', 'ls', '--rules', 'no'], { cwd })
    assert.match(nowhere.err, /cannot read no: there is no such file or folder/)
    const byEnv = await hob(['rule', 'ls'], { cwd, env: { HOB_RULES: 'elsewhere' } })
    assert.match(byEnv.err, /cannot read elsewhere/)
  }))

test('who only looks makes no kitchen', () =>
  inScratchFolder(async (cwd) => {
    await mkdir(join(cwd, 'rules'))
    await writeFile(join(cwd, 'rules/names.ts'), NAMES)
    for (const words of ['ls', 'why last', 'history', 'gc', 'resume last', 'run -q names.last']) {
      const { status, out, err } = await hob(['rule', ...words.split(' ')], { cwd })
      assert.match(err, /^hob: there is no kitchen at \.hob\/hob\.db\n/, words)
      assert.deepEqual([status, out], [3, ''], words)
    }
    assert.deepEqual(await readdir(cwd), ['rules'])
  }))

test('gc forgets rules that no module names, and leaves those that may be somewhere', () => {
  const gone = { ...RUN, id: 'old.sums@1', rule: 'old.sums', module: '/nowhere/old.ts' }
  const bad = { run: null, lastStartedMs: STARTED, lastEndedMs: STARTED, isPaused: false }
  const records = {
    'rule/names.last': bad,
    'rule/names.mist': bad,
    'rule/bad.any': bad,
    'rule/held.x': { ...bad, isPaused: true },
    'rule/old.sums': bad,
    'run/old.sums/old.sums@1': gone,
    'run/old.sums/old.sums@2': { ...gone, id: 'old.sums@2' },
  }
  return withRules(records, async (cwd) => {
    await writeFile(join(cwd, 'rules/bad.ts'), '\nexport default [')
    const gc = (...args: string[]) => hob(['rule', 'gc', ...args], { cwd })
    const told = await gc('--dry-run')
    assert.match(
      told.out,
      /^held\.x {2}stays: it is paused .*\nnames\.mist {2}0 runs, ran \d+d \d+h ago\nold\.sums {2}2 runs, ran .* ago\nwould forget 2 rules \(2 runs\); 3 kept; add --remove\n$/,
    )
    assert.match(told.err, /^hob: rules\/bad\.ts:2/)
    assert.equal((await gc('--remove', '--dry-run')).status, 2)
    assert.match((await gc('--remove')).out, /\nforgot 2 rules \(2 runs\); 3 kept\n$/)
    assert.match((await gc()).out, /\nnothing to remove; 3 kept\n$/)
    assert.equal((await hob(['rule', 'history'], { cwd })).out, 'No runs yet.\n')
    await mkdir(join(cwd, 'none'))
    const none = await gc('--remove', '--rules', 'none')
    assert.deepEqual([none.status, none.err.split('\n')[0]], [1, 'hob: none has no rules: all would be taken for gone'])
  })
})

test('pause and resume', () =>
  withRules(BLOBS, async (cwd) => {
    assert.equal((await hob(['rule', 'pause', 'names.last'], { cwd })).out, 'rule names.last is paused\n')
    assert.equal((await hob(['rule', 'pause', 'last'], { cwd })).out, 'rule names.last was paused already\n')
    assert.match(
      (await hob(['rule', 'ls'], { cwd })).out,
      /^names\.last +paused +3\/5 +- +- +paused; has 3 of 5 blobs$/m,
    )
    // A machine without the modules knows it by its record.
    const elsewhere = ['rule', 'resume', 'names.last', '--rules', 'no', '--json']
    assert.deepEqual(JSON.parse((await hob(elsewhere, { cwd })).out), {
      rule: 'names.last',
      wasPaused: true,
      isPaused: false,
      triedNow: null,
    })
    assert.equal((await hob(['rule', 'resume', 'names.last'], { cwd })).out, 'rule names.last was not paused\n')
    assert.equal((await hob(['rule', 'pause', 'nope'], { cwd })).status, 1)
  }))

test('resume lets a run that waits try again', () => {
  const run = { ...RUN, id: 'names.last@2', state: 'waiting', retryMs: Date.now() + 3_600_000, error: 'no luck' }
  const records = { 'rule/names.last': { run: run.id }, 'run/names.last/names.last@2': { ...run, queue: 'rules' } }
  return withRules(records, async (cwd) => {
    const resumed = await hob(['rule', 'resume', 'last'], { cwd })
    assert.equal(resumed.out, 'rule names.last was not paused; names.last@2 tries again now\n')
    const { out } = await hob(['jobs', 'rules', '--json'], { cwd })
    assert.match(out, /"state": ?"ready"/)
  })
})

/** By groups in eleven tasks, and by rows in one. */
const BY_GROUPS = {
  source: '',
  engine: 'groups',
  reason: '5 groups in a sample of 10,000 records',
  tasks: 12,
  fallback: { tasks: 1, reason: 'lower threw in group 7' },
  rows: 11_000,
  groups: 55,
}

test('why tells how the last run went of which it is known', () =>
  withRules(
    {
      ...BLOBS,
      'run/names.last/names.last@1': RUN,
      'run/names.last/names.last@2': { ...RUN, id: 'names.last@2', engines: [BY_GROUPS] },
      'run/names.last/names.last@3': { ...RUN, id: 'names.last@3', startedMs: STARTED + 1, state: 'failed' },
    },
    async (cwd) => {
      assert.equal(
        (await hob(['rule', 'why', 'names.last'], { cwd })).out,
        'names.last: has 3 of 5 blobs\n' +
          'engine  groups, and rows in 1 of 12 tasks: 11,000 rows in 55 groups; lower threw in group 7 (names.last@2)\n',
      )
      const { engine } = JSON.parse((await hob(['rule', 'why', 'names.last', '--json'], { cwd })).out)
      assert.deepEqual(engine, { alwaysRows: null, run: 'names.last@2', accounts: [BY_GROUPS] })
    },
  ))

test('history', () =>
  withRules(
    {
      'run/names.last/names.last@1': RUN,
      'run/names.last/names.last@2': {
        ...RUN,
        id: 'names.last@2',
        state: 'failed',
        startedMs: STARTED + 100_000,
        endedMs: STARTED + 100_500,
        error: 'the disk is full',
        counters: null,
        rowsOut: null,
      },
      'run/other.rule/other.rule@1': {
        ...{ ...RUN, id: 'other.rule@1', rule: 'other.rule', startedMs: STARTED - 5_000 },
        engines: [
          { ...BY_GROUPS, fallback: null },
          { ...BY_GROUPS, source: 'inner', fallback: null },
        ],
      },
      'run/other.rule/other.rule@0': {
        ...{ ...RUN, id: 'other.rule@0', rule: 'other.rule', startedMs: STARTED - 6_000 },
        engines: [BY_GROUPS],
      },
      'rule/names.last': { run: null, lastStartedMs: STARTED, lastEndedMs: null, isPaused: false },
    },
    async (cwd) => {
      const { out } = await hob(['rule', 'history'], { cwd })
      assert.deepEqual(
        out
          .trimEnd()
          .split('\n')
          .map((line) => line.replace(/ +/g, ' ')),
        [
          'RUN STATE STARTED TOOK BLOBS READ BAD ROWS ENGINE ERROR',
          'names.last@2 failed 2026-03-10 12:01:40 0.5s 1 - - - - the disk is full',
          'names.last@1 done 2026-03-10 12:00:00 1m 5s 1 12,000 3 10 -',
          'other.rule@1 done 2026-03-10 11:59:55 1m 10s 1 12,000 3 10 groups',
          'other.rule@0 done 2026-03-10 11:59:54 1m 11s 1 12,000 3 10 both',
        ],
      )
      const json = JSON.parse((await hob(['rule', 'history', 'names.last', '-n', '1', '--json'], { cwd })).out)
      assert.deepEqual([json.length, json[0].id, json[0].blobs], [1, 'names.last@2', 1])
      assert.equal((await hob(['rule', 'history', 'names.first'], { cwd })).out, 'No runs of names.first yet.\n')
    },
  ))

/** A run that was begun, as its record has it. */
const OPEN = { ...RUN, state: 'working', endedMs: null, queue: 'rules', lease: null, counters: null, rowsOut: null }

test('a run is told as working while a process works at it only', () =>
  withRules(BLOBS, async (cwd) => {
    await using kitchen = await openKitchen(`sqlite:${join(cwd, '.hob/hob.db')}`)
    const { broker } = kitchen
    const put = (key: string, value: unknown) => broker.commit([{ put: [{ key, value: JSON.stringify(value) }] }])
    const told = async (): Promise<readonly [why: string | undefined, state: string, error: string]> => {
      const why = (await hob(['rule', 'why', 'last'], { cwd })).out.split('\n')[0]
      const [run] = JSON.parse((await hob(['rule', 'history', '--json'], { cwd })).out)
      const error = (await hob(['rule', 'history'], { cwd })).out.trimEnd().split(/ {2,}/).at(-1) ?? ''
      return [why, run.state, error]
    }
    const few = '; has 3 of 5 blobs'
    await put('rule/names.last', { run: OPEN.id, lastStartedMs: STARTED, lastEndedMs: null, isPaused: false })
    await put('run/names.last/names.last@1', OPEN)
    assert.deepEqual(await told(), [
      `names.last: names.last@1 waits for a rules daemon since 2026-03-10 12:00${few}`,
      'queued',
      '-',
    ])

    await broker.commit([{ send: [{ queue: 'rules', payload: '{}' }] }])
    const [job] = await broker.take({ queue: 'rules', node: 'there', countMax: 1, leaseMs: 600_000 })
    assert.ok(job)
    await put('run/names.last/names.last@1', { ...OPEN, lease: `rules/${job.lease.epoch}` })
    assert.deepEqual(await told(), [`names.last: running since 2026-03-10 12:00 as names.last@1${few}`, 'working', '-'])

    // Its lease stands for a while after the process died, which on this machine can be told at once.
    const { pid } = spawnSync('true')
    const machine = await thisMachine()
    await put('node/there', { name: 'there', role: 'worker', queue: 'rules', pid, machine })
    const left = 'no process works at names.last@1 any more, begun 2026-03-10 12:00'
    assert.deepEqual(await told(), [
      `names.last: interrupted: ${left}; a rules daemon takes it up${few}`,
      'interrupted',
      'no process works at it; a rules daemon takes it up',
    ])

    await put('run/names.last/names.last@1', { ...OPEN, queue: 'rules-now', lease: 'rules-now/1' })
    const [why] = await told()
    assert.equal(
      why,
      `names.last: interrupted: ${left}; a rules daemon, or the next hob rule run of it, takes it up${few}`,
    )
  }))
