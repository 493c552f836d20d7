import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, test } from 'vitest'
import { HOB, hob, inScratchFolder } from './hob.js'

/** Workers that do what a payload says. */
const WORKERS = `
import { cancel, defineBatchWorker, defineQueue, defineWorker, fixed, retry } from 'hob'

interface Mail { readonly how: string }
enum Speed { Slow = 60_000 }

export const mail = defineQueue({ name: 'mail', attempts: 2, backoff: fixed({ firstMs: 10 }) })
export const mailWorker = defineWorker(mail, async ({ payload, signal }) => {
  const { how } = payload as Mail
  if (how === 'throw') throw new Error('no mailbox')
  if (how === 'retry') return retry({ reason: 'later' })
  if (how === 'cancel') return cancel('unwanted')
  if (how === 'late') void Promise.reject(new Error('too late'))
  if (how === 'timer') setTimeout(() => { throw new Error('in a timer') }, 1)
  if (how === 'exit') process.exit(0)
  if (how === 'slow') await new Promise((_, reject) => {
    setTimeout(reject, Speed.Slow)
    signal.addEventListener('abort', () => reject(new Error('stopped')))
  })
  if (how === 'deaf') await new Promise(() => setInterval(() => {}, 1_000))
  return { how }
}, { concurrency: 20 })

export default { batches: defineBatchWorker(defineQueue({ name: 'batch' }), async () => {}) }
`

interface Working {
  readonly process: ChildProcess
  /** Resolves when standard error has said it. */
  said(pattern: RegExp): Promise<void>
  /** What standard error has said so far. */
  told(): string
  readonly ended: Promise<{ readonly status: number | null; readonly out: string; readonly err: string }>
}

const started: ChildProcess[] = []

// A test that failed leaves nothing working behind.
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
})

/** The real program, working. */
function work(args: readonly string[], cwd: string): Working {
  const child = spawn(process.execPath, [HOB, 'work', ...args], { cwd })
  started.push(child)
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  return {
    process: child,
    async said(pattern) {
      while (!pattern.test(err)) {
        if (child.exitCode !== null) assert.fail(`it ended, and said: ${err}`)
        await once(child.stderr, 'data')
      }
    },
    told: () => err,
    ended: once(child, 'close').then(([status]) => ({ status, out, err })),
  }
}

const inFolder = (run: (cwd: string) => Promise<void>): Promise<void> =>
  inScratchFolder(async (cwd) => {
    await writeFile(join(cwd, 'workers.ts'), WORKERS)
    await run(cwd)
  })

const mailOf = (...hows: readonly string[]): readonly string[] => hows.map((how) => JSON.stringify({ how }))

test('a module of TypeScript is worked as it is, until Ctrl-C', () =>
  inFolder(async (cwd) => {
    await hob(['send', 'mail', ...mailOf('well', 'throw', 'retry', 'cancel')], { cwd })
    const working = work(['workers.ts', '--json'], cwd)
    await working.said(
      /mail 2 failed: Error: no mailbox\n[\s\S]*mail 3 failed: later\n|mail 3 failed: later\n[\s\S]*mail 2 failed: Error: no mailbox\n/,
    )
    working.process.kill('SIGINT')
    const { status, out, err } = await working.ended
    assert.equal(status, 130)
    assert.match(err, /^hob: works batch \(1 at once\), mail \(20 at once\) in .*hob\.db; Ctrl-C ends it\n/)
    assert.match(err, /hob: mail 2 failed: Error: no mailbox; attempt 2 comes in 0\.0s\n/)
    assert.match(err, /hob: mail 4 was cancelled: unwanted\n/)
    assert.match(err, /hob: 1 done, 2 failed, 2 attempts to be repeated, 1 cancelled in /)
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const { ranMs, ...first } = lines.find(({ id }) => id === '1')
    assert.equal(typeof ranMs, 'number')
    assert.deepEqual(first, {
      id: '1',
      queue: 'mail',
      attempt: 1,
      outcome: 'done',
      error: null,
      stack: null,
      retryInMs: null,
      isRefused: false,
    })
    assert.equal(lines.at(-1).summary.failed, 2)
    const [job] = JSON.parse((await hob(['job', '1', '--json'], { cwd })).out)
    assert.deepEqual(job.result, { how: 'well' })
  }))

test('where an error was thrown is kept with the attempt, and told with --debug', () =>
  inFolder(async (cwd) => {
    await hob(['send', 'mail', ...mailOf('throw')], { cwd })
    const working = work(['workers.ts', '--debug'], cwd)
    await working.said(/mail 1 failed: Error: no mailbox; attempt 2 comes in 0\.0s\n {4}at .*workers\.ts:10:\d+\)\n/)
    await working.said(/mail 1 failed: Error: no mailbox\n {4}at .*workers\.ts:10:\d+\)\n/)
    working.process.kill('SIGINT')
    await working.ended
    assert.match((await hob(['job', '1'], { cwd })).out, /\n {4}Error: no mailbox\n {4}\| at .*workers\.ts:10:\d+\)\n/)
  }))

test('-j, --queue and --name go before what the module says', () =>
  inFolder(async (cwd) => {
    await hob(['send', 'mail', ...mailOf('well')], { cwd })
    const working = work(['workers.ts', '-j', '3', '--queue', 'mail', '--name', 'kobold'], cwd)
    await working.said(/works mail \(3 at once\) in/)
    // The one job may still run.
    assert.match((await hob(['status'], { cwd })).out, /kobold +mail +[01]\/3/)
    working.process.kill('SIGTERM')
    assert.equal((await working.ended).status, 143)
  }))

test('Ctrl-C again aborts what runs and gives it back, also a handler that does not listen', () =>
  inFolder(async (cwd) => {
    await hob(['send', 'mail', ...mailOf('slow', 'deaf')], { cwd })
    const working = work(['workers.ts'], cwd)
    await working.said(/works batch/)
    while (!/mail +0 +0 +2 /.test((await hob(['queues'], { cwd })).out)) {}
    working.process.kill('SIGINT')
    await working.said(/no more jobs are taken; what runs may end\. Ctrl-C again ends it and gives its jobs back/)
    working.process.kill('SIGINT')
    const { status, err } = await working.ended
    assert.equal(status, 130)
    assert.match(err, /ending what runs; its jobs are given back\.\n.*0 done, 0 failed, 2 given back/)
    assert.match((await hob(['queues'], { cwd })).out, /mail +2 +0 +0 /)
  }))

test('SIGTERM gives what runs its grace, and then aborts it', () =>
  inFolder(async (cwd) => {
    await hob(['send', 'mail', ...mailOf('slow')], { cwd })
    const working = work(['workers.ts', '--grace', '0.2s'], cwd)
    await working.said(/works batch/)
    while (!/mail +0 +0 +1 /.test((await hob(['queues'], { cwd })).out)) {}
    working.process.kill('SIGTERM')
    const { status, err } = await working.ended
    assert.equal(status, 143)
    assert.match(err, /terminated: no more jobs are taken[\s\S]*1 given back/)
  }))

describe('errors that no job caught', () => {
  test('a promise that is rejected late is told, and work goes on', () =>
    inFolder(async (cwd) => {
      const working = work(['workers.ts'], cwd)
      await working.said(/works batch/)
      await hob(['send', 'mail', ...mailOf('late')], { cwd })
      await working.said(
        /a promise was rejected and nobody caught it: Error: too late \(at .*workers\.ts.*\); work goes on/,
      )
      await hob(['send', 'mail', ...mailOf('well')], { cwd })
      while (!/mail +0 +0 +0 +2 /.test((await hob(['queues'], { cwd })).out)) {}
      working.process.kill('SIGINT')
      assert.match((await working.ended).err, /2 done, 0 failed/)
    }))

  test('an exception in a timer is told, and ends the work with status 1', () =>
    inFolder(async (cwd) => {
      const working = work(['workers.ts'], cwd)
      await working.said(/works batch/)
      await hob(['send', 'mail', ...mailOf('timer')], { cwd })
      const { status, err } = await working.ended
      assert.equal(status, 1)
      assert.match(err, /nobody caught an exception: Error: in a timer \(at .*workers\.ts.*\); no more jobs are taken/)
      assert.match(err, /1 done, 0 failed/)
    }))

  test('a handler that ends the process is told, and the status is not that of a success', () =>
    inFolder(async (cwd) => {
      const working = work(['workers.ts'], cwd)
      await working.said(/works batch/)
      await hob(['send', 'mail', ...mailOf('exit')], { cwd })
      const { status, err } = await working.ended
      assert.equal(status, 1)
      assert.match(err, /\nhob: its own code ended the process \(process\.exit\): what ran counts as crashed.*\n$/)
    }))

  test('a promise that is rejected while a module is loaded is told, and work begins', () =>
    inFolder(async (cwd) => {
      const worker =
        "import { defineQueue, defineWorker } from 'hob'\nexport const a = defineWorker(defineQueue({ name: 'q' }), () => {})\n"
      for (const rest of ['', 'await new Promise((resolve) => setTimeout(resolve, 50))']) {
        await writeFile(join(cwd, 'floats.ts'), `${worker}Promise.reject(new Error('float at load'))\n${rest}`)
        const working = work(['floats.ts'], cwd)
        await working.said(/nobody caught it: Error: float at load \(at .*floats\.ts.*\); .* goes on\n[\s\S]*works q/)
        working.process.kill('SIGINT')
        assert.equal((await working.ended).status, 130)
      }
    }))

  test('an exception in a timer that a module began ends the work, loaded or at work', () =>
    inFolder(async (cwd) => {
      const worker =
        "import { defineQueue, defineWorker } from 'hob'\nexport const a = defineWorker(defineQueue({ name: 'q' }), () => {})\n"
      for (const afterMs of [0, 3, 10, 30, 300]) {
        await writeFile(join(cwd, 'timer.ts'), `${worker}setTimeout(() => { throw new Error('late') }, ${afterMs})\n`)
        const { status, err } = await hob(['work', 'timer.ts'], { cwd })
        assert.equal(status, 1)
        assert.match(err, /^hob: [\s\S]*Error: late/)
        assert.doesNotMatch(err, /Node\.js v/)
      }
    }))
})

describe('a module that cannot be worked is told in a line, and nothing is started', () => {
  const MODULES: Readonly<Record<string, string>> = {
    'syntax.ts': 'export const a = {\n  b: 1\n  c: 2\n}\n',
    'throws.ts': "import { defineQueue } from 'hob'\n\nthrow new Error('no\\nluck')\n",
    'refused.ts': "import { defineQueue } from 'hob'\nexport const mail = defineQueue({ name: '' })\n",
    'missing.ts': "import x from 'not-there-at-all'\nexport { x }\n",
    'none.ts': 'export const a = 1\nexport const f = () => {}\n',
    'twice.ts':
      "import { defineQueue, defineWorker } from 'hob'\nconst q = defineQueue({ name: 'q' })\nexport const a = defineWorker(q, () => {})\nexport const b = defineWorker(q, () => {})\n",
    'bounds.ts':
      "import { defineQueue, defineWorker } from 'hob'\nexport const a = defineWorker(defineQueue({ name: 'q' }), () => {}, { concurrency: 0 })\n",
    'notes.txt': 'hello',
    'awaits.ts': 'await new Promise(() => {})\nexport const a = 1\n',
    'exits.ts': 'process.exit(0)\n',
    'timer.ts':
      "setTimeout(() => { throw new Error('in a timer') }, 10)\nawait new Promise(() => setInterval(() => {}, 1_000))\n",
  }

  const CASES: readonly (readonly [file: string, status: number, said: RegExp])[] = [
    ['syntax.ts', 1, /^hob: syntax\.ts:3:3: Unexpected token, expected ","\nNothing was started\.\n$/],
    ['throws.ts', 1, /^hob: throws\.ts:3: it threw while it was loaded: Error: no luck\n--debug shows the stack\./],
    ['refused.ts', 1, /^hob: refused\.ts:2: it threw while it was loaded: ArgumentError: queue is ""/],
    [
      'missing.ts',
      1,
      /^hob: .*missing\.ts.*: it threw while it was loaded: Error: Cannot find module 'not-there-at-all'\n/,
    ],
    ['none.ts', 2, /^hob: none\.ts exports no worker\nIt exports them like: export const/],
    ['twice.ts', 2, /^hob: queue 'q' has two workers: a of twice\.ts and b of twice\.ts\n/],
    ['bounds.ts', 2, /^hob: concurrency is 0: it must be a whole number from 1/],
    ['awaits.ts', 1, /^hob: awaits\.ts: it awaits something that can never come, .* Nothing was started\.\n$/],
    ['exits.ts', 1, /^hob: exits\.ts: its code ended the process while it was loaded .* Nothing was started\.\n$/],
    ['timer.ts', 1, /^hob: timer\.ts:1: it threw while it was loaded: Error: in a timer\n--debug shows/],
    ['notes.txt', 2, /^hob: notes\.txt is no module\nThe name of a module ends with \.ts/],
    ['synatx.ts', 1, /^hob: cannot read synatx\.ts: there is no such file or folder\nDid you mean syntax\.ts\?\n$/],
    ['.', 1, /^hob: cannot read \.: it is a folder/],
  ]

  test.each(CASES)('%s', (file, status, said) =>
    inScratchFolder(async (cwd) => {
      for (const [name, text] of Object.entries(MODULES)) await writeFile(join(cwd, name), text)
      const ended = await hob(['work', file], { cwd })
      assert.match(ended.err, said)
      assert.equal(ended.status, status)
    }),
  )

  test('a queue that no module works', () =>
    inFolder(async (cwd) => {
      const { status, err } = await hob(['work', 'workers.ts', '--queue', 'mial'], { cwd })
      assert.equal(status, 2)
      assert.match(err, /no worker here works queue 'mial'\nDid you mean mail\? There are workers of batch, mail\.\n/)
    }))
})

test('metrics are served while it works', () =>
  inFolder(async (cwd) => {
    const working = work(['workers.ts', '--metrics', '0'], cwd)
    await working.said(/works batch/)
    await hob(['send', 'mail', ...mailOf('throw')], { cwd })
    await working.said(/mail 1 failed: Error: no mailbox\n/)
    const url = /serves metrics at (\S+)/.exec(working.told())?.[1] ?? ''
    assert.match(await (await fetch(url)).text(), /hob_jobs_settled_total\{queue="mail",outcome="error"\} 1\n/)
    working.process.kill('SIGINT')
    assert.equal((await working.ended).status, 130)
  }))

test('JavaScript is worked, too: modules and CommonJS', () =>
  inScratchFolder(async (cwd) => {
    await writeFile(
      join(cwd, 'a.mjs'),
      "import { defineQueue, defineWorker } from 'hob'\nexport const workers = [defineWorker(defineQueue({ name: 'a' }), () => {})]\n",
    )
    await writeFile(
      join(cwd, 'b.cjs'),
      "const { defineQueue, defineWorker } = require('hob')\nmodule.exports = { b: defineWorker(defineQueue({ name: 'b' }), () => {}) }\n",
    )
    const working = work(['a.mjs', 'b.cjs'], cwd)
    await working.said(/works a \(10 at once\), b \(10 at once\)/)
    working.process.kill('SIGINT')
    await working.ended
  }))
