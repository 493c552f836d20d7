import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'vitest'
import { openKitchen } from '#hob/index.js'
import { HOB, hob, inScratchFolder } from './hob.js'

const urlIn = (folder: string): string => `sqlite:${join(folder, '.hob/hob.db')}`

/** Takes orders as a waiter would, and leaves them as a killed one does. */
async function takeAndVanish(folder: string, countMax: number): Promise<readonly string[]> {
  const kitchen = await openKitchen(urlIn(folder))
  const jobs = await kitchen.broker.take({ queue: 'orders', node: 'host/1', countMax, leaseMs: 60_000 })
  await kitchen.close()
  return jobs.map(({ id }) => id)
}

async function failFirst(folder: string): Promise<string> {
  const kitchen = await openKitchen(urlIn(folder))
  const [job] = await kitchen.broker.take({ queue: 'orders', node: 'host/1', countMax: 1, leaseMs: 60_000 })
  assert.ok(job)
  const report = { ranMs: 10, exitCode: 3, output: 'boom\n' }
  const settle = { job: job.id, lease: job.lease, outcome: { kind: 'error', error: 'exit code 3' }, report } as const
  await kitchen.broker.commit([{ settle }])
  await kitchen.close()
  return job.id
}

test('the seed in its order: clean, load, status, reset, extract', () =>
  inScratchFolder(async (cwd) => {
    assert.deepEqual(await hob(['clean'], { cwd }), { status: 0, out: 'deleted 0 orders from orders\n', err: '' })
    await writeFile(join(cwd, 'orders.csv'), 'ttyw8\nttyw9\n"with ""quotes"", and comma",2\n')
    const loaded = await hob(['load', 'orders.csv'], { cwd })
    assert.deepEqual(loaded, { status: 0, out: 'loaded 3 orders into orders\n', err: '' })
    assert.match((await hob(['status'], { cwd })).out, /QUEUE +READY.*\norders +3 +0 +0 +0 +0 /)

    const failed = await failFirst(cwd)
    const why = (await hob(['why', failed], { cwd })).out
    assert.match(why, /is ERROR\.[\s\S]*exit code 3[\s\S]*\| boom\n[\s\S]*stays in ERROR until `hob reset`/)
    const reset = await hob(['reset'], { cwd })
    assert.equal(reset.out, 'reset orders: 1 ERROR and 0 RUNNING put back to READY\n')

    const { out } = await hob(['extract'], { cwd })
    const [heading, ...rows] = out.trimEnd().split('\n')
    assert.equal(heading, '_id,status,waiter,start,stop,arguments,error,attempts,exit_code')
    assert.equal(rows.length, 3)
    assert.match(rows[2] ?? '', /,READY,/)
    const orders = JSON.parse((await hob(['extract', '--json'], { cwd })).out)
    assert.deepEqual(orders[2].arguments, ['with "quotes", and comma', '2'])
  }))

test('without a kitchen: a clear line, its hint, and status 3', () =>
  inScratchFolder(async (cwd) => {
    for (const args of [['status'], ['reset'], ['why', '1'], ['extract']]) {
      assert.deepEqual(await hob(args, { cwd }), {
        status: 3,
        out: '',
        err: 'hob: there is no kitchen at .hob/hob.db\nName one that stands elsewhere with --kitchen or HOB_KITCHEN. The first job, blob or run of a rule makes one: hob send, load, blob push, rule run.\n',
      })
    }
    assert.deepEqual(await readdir(cwd), [])
  }))

test('an empty file is no kitchen to who only looks, and stays as it is', () =>
  inScratchFolder(async (cwd) => {
    await writeFile(join(cwd, 'empty'), '')
    const looked = await hob(['status', '-k', 'sqlite:empty'], { cwd })
    assert.equal(looked.status, 3)
    assert.match(looked.err, /^hob: there is no kitchen at empty\n/)
    assert.equal(await readFile(join(cwd, 'empty'), 'utf8'), '')
    assert.equal((await hob(['load', '-k', 'sqlite:empty', '-'], { cwd, input: 'x\n' })).status, 0)
  }))

test('wrong usage: one line, its hint, and status 2', () =>
  inScratchFolder(async (cwd) => {
    const { status, err } = await hob(['stats'], { cwd })
    assert.deepEqual(
      { status, err },
      { status: 2, err: "hob: unknown command 'stats' (Did you mean status?)\nSee: hob --help\n" },
    )
    assert.equal((await hob(['status', '-k', 'nowhere'], { cwd })).status, 2)
  }))

test('--debug shows where, and nothing else does', () =>
  inScratchFolder(async (cwd) => {
    await writeFile(join(cwd, 'notes.txt'), 'These are notes.\n'.repeat(500))
    const status = async (...more: readonly string[]) =>
      (await hob(['status', '-k', 'sqlite:notes.txt', ...more], { cwd })).err
    assert.doesNotMatch(await status(), /\n {4}at /)
    assert.match(await status('--debug'), /^hob: there is no SQLite database[\s\S]*\n {4}at [\s\S]*caused by/)
  }))

test('--version is that of the package', () =>
  inScratchFolder(async (cwd) => {
    const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'))
    assert.equal((await hob(['--version'], { cwd })).out, `${version}\n`)
    assert.equal((await hob(['status', '--version'], { cwd })).out, `${version}\n`)
  }))

test('HOB_KITCHEN and --db choose the kitchen', () =>
  inScratchFolder(async (cwd) => {
    const env = { HOB_KITCHEN: 'sqlite:mine/a.db' }
    await hob(['load', '-'], { cwd, env, input: 'x\n' })
    await hob(['load', '--db', 'b', '-'], { cwd, env, input: 'x\ny\n' })
    const ready = async (args: string[]) =>
      JSON.parse((await hob(['status', '--json', ...args], { cwd, env })).out).queues[0].counts.ready
    assert.equal(await ready([]), 1)
    assert.equal(await ready(['--db', 'b']), 2)
    assert.equal(await ready(['-k', 'sqlite:mine/b.db']), 2)
  }))

test('clean needs a yes, and nobody running', () =>
  inScratchFolder(async (cwd) => {
    await hob(['load', '-'], { cwd, input: 'x\ny\n' })
    const unasked = await hob(['clean'], { cwd })
    assert.equal(unasked.status, 2)
    assert.match(unasked.err, /--yes/)
    await takeAndVanish(cwd, 1)
    const busy = await hob(['clean', '--yes'], { cwd })
    assert.equal(busy.status, 1)
    assert.match(busy.err, /1 order of orders is RUNNING; nothing was deleted\n.*--force/)
    assert.equal((await hob(['clean', '--yes', '--force'], { cwd })).out, 'deleted 2 orders from orders\n')
  }))

test('reset leaves what a live waiter runs, unless --running', () =>
  inScratchFolder(async (cwd) => {
    await hob(['load', '-'], { cwd, input: 'x\ny\n' })
    await takeAndVanish(cwd, 1)
    const { out } = await hob(['reset'], { cwd })
    assert.equal(out, 'reset orders: 0 ERROR and 0 RUNNING put back to READY\n1 still RUNNING with host/1\n')
    assert.match((await hob(['reset', '--running'], { cwd })).out, /0 ERROR and 1 RUNNING/)
  }))

test('reset takes back what a waiter of this machine left when it died', () =>
  inScratchFolder(async (cwd) => {
    await hob(['load', '-'], { cwd, input: 'x\ny\n' })
    const script = `
      import { openKitchen } from '#hob/index.js'
      import { thisProcess } from '#hob/queue/presence.js'
      const { broker } = await openKitchen(process.argv[1])
      const presence = { ...(await thisProcess()), name: 'host/1', role: 'waiter', queue: 'orders', concurrency: 1 }
      await broker.commit([{ put: [{ key: 'node/host/1', value: JSON.stringify(presence) }] }])
      await broker.take({ queue: 'orders', node: 'host/1', countMax: 1, leaseMs: 60_000 })
      console.log('taken')
      setInterval(() => {}, 1_000)`
    const waiter = spawn(process.execPath, ['--input-type=module', '-e', script, urlIn(cwd)])
    await once(waiter.stdout, 'data')
    assert.match((await hob(['reset'], { cwd })).out, /0 RUNNING put back[\s\S]*1 still RUNNING with host\/1/)
    waiter.kill('SIGKILL')
    await once(waiter, 'exit')
    assert.match((await hob(['status'], { cwd })).out, /host\/1 .* gone; /)
    assert.match((await hob(['reset'], { cwd })).out, /0 ERROR and 1 RUNNING put back to READY\n$/)
  }))

test('why says so when there is no such order', () =>
  inScratchFolder(async (cwd) => {
    await hob(['load', '-'], { cwd, input: 'x\n' })
    const { status, err } = await hob(['why', 'nonsense'], { cwd })
    assert.equal(status, 1)
    assert.match(err, /^hob: there is no order 'nonsense'\n/)
  }))

test('a queue that is not there is named with those that are', () =>
  inScratchFolder(async (cwd) => {
    await hob(['load', '-q', 'mine', '-'], { cwd, input: 'x\n' })
    for (const args of [['reset'], ['extract'], ['status', '-q', 'orders']]) {
      const { status, err } = await hob(args, { cwd })
      assert.deepEqual({ status, err }, { status: 1, err: "hob: there is no queue 'orders'\nQueues here: mine.\n" })
    }
  }))

test('files that cannot be loaded are told before anything is loaded', () =>
  inScratchFolder(async (cwd) => {
    await writeFile(join(cwd, 'good.csv'), 'a\n')
    await mkdir(join(cwd, 'folder'))
    assert.deepEqual(await hob(['load', 'good.csv', 'missing.csv'], { cwd }), {
      status: 1,
      out: '',
      err: 'hob: cannot read missing.csv: there is no such file or folder\n',
    })
    assert.match((await hob(['load', 'folder'], { cwd })).err, /cannot read folder: it is a folder/)
    assert.equal((await hob(['status'], { cwd })).status, 3)
    await writeFile(join(cwd, 'empty.csv'), '')
    const empty = await hob(['load', 'good.csv', 'empty.csv'], { cwd })
    assert.deepEqual(empty, { status: 0, out: 'loaded 1 order into orders\nempty.csv has no orders\n', err: '' })
  }))

test('a bad row ends the load, or is set aside', () =>
  inScratchFolder(async (cwd) => {
    await writeFile(join(cwd, 'orders.csv'), 'a\n"b\nc\n')
    const stopped = await hob(['load', '--key', 'row', 'orders.csv'], { cwd })
    assert.equal(stopped.status, 1)
    assert.match(stopped.err, /^hob: orders\.csv:2: .*\n1 order was loaded\./)
    const on = await hob(['load', '--key', 'row', '--skip-bad', 'bad.csv', 'orders.csv'], { cwd })
    assert.equal(on.out, 'loaded 1 order into orders, 1 row skipped as already there, 1 bad row set aside in bad.csv\n')
    assert.equal(await readFile(join(cwd, 'bad.csv'), 'utf8'), '"b\n')
    const self = await hob(['load', '--skip-bad', './orders.csv', 'orders.csv'], { cwd })
    assert.equal(self.status, 1)
    assert.equal(await readFile(join(cwd, 'orders.csv'), 'utf8'), 'a\n"b\nc\n')
  }))

test('files that were loaded before one that fails are told', () =>
  inScratchFolder(async (cwd) => {
    await writeFile(join(cwd, 'good.csv'), 'a\nb\n')
    await writeFile(join(cwd, 'bad.csv'), '"b\n')
    const { status, out, err } = await hob(['load', '--json', 'good.csv', 'bad.csv'], { cwd })
    assert.equal(status, 1)
    const { loaded, files } = JSON.parse(out)
    assert.deepEqual([loaded, files.map(({ name }: { name: string }) => name)], [2, ['good.csv']])
    assert.match(err, /^hob: bad\.csv:1: .*\n0 orders were loaded\./)
    assert.equal((await hob(['load', 'good.csv', 'bad.csv'], { cwd })).out, 'loaded 2 orders into orders\n')
  }))

test('an interrupted load says how to go on', () =>
  inScratchFolder(async (cwd) => {
    const load = spawn(process.execPath, [HOB, 'load', '-'], { cwd })
    load.stdin.write('a\nb\n')
    // It listens for Ctrl-C before it opens the kitchen, so once rows are there it hears it.
    while (!(await hob(['status'], { cwd })).out.includes('orders')) {}
    let err = ''
    load.stderr.on('data', (text) => {
      err += text
    })
    load.kill('SIGINT')
    const [status] = await once(load, 'close')
    assert.equal(status, 130)
    assert.match(err, /interrupted\n2 orders were loaded\. To go on, .* --from-line 3\.\n$/)
  }))

test('an extract into a file replaces it whole', () =>
  inScratchFolder(async (cwd) => {
    await hob(['load', '-'], { cwd, input: 'a\nb\n' })
    await writeFile(join(cwd, 'out.csv'), 'old')
    assert.deepEqual(await hob(['extract', '-o', 'out.csv'], { cwd }), { status: 0, out: '', err: '' })
    assert.match(await readFile(join(cwd, 'out.csv'), 'utf8'), /^_id,[\s\S]*\n.*\n.*\n$/)
    assert.deepEqual((await readdir(cwd)).sort(), ['.hob', 'out.csv'])
    assert.equal((await hob(['extract', '-o', 'no/where.csv'], { cwd })).status, 1)
  }))

test('a reader that has had enough ends an extract quietly', () =>
  inScratchFolder(async (cwd) => {
    const input = Array.from({ length: 20_000 }, (_, at) => `${at}\n`).join('')
    await hob(['load', '-'], { cwd, input })
    const shell = spawn('bash', ['-c', `'${process.execPath}' '${HOB}' extract | head -1; echo "\${PIPESTATUS[0]}"`], {
      cwd,
    })
    let [out, err] = ['', '']
    shell.stdout.on('data', (text) => {
      out += text
    })
    shell.stderr.on('data', (text) => {
      err += text
    })
    await once(shell, 'close')
    assert.deepEqual(
      { out, err },
      { out: '_id,status,waiter,start,stop,arguments,error,attempts,exit_code\n0\n', err: '' },
    )
  }))

test('watching ends with Ctrl-C, as it should', () =>
  inScratchFolder(async (cwd) => {
    await hob(['load', '-'], { cwd, input: 'a\n' })
    const watch = spawn(process.execPath, [HOB, 'status', '--watch', '--json'], { cwd })
    const [line] = await once(watch.stdout, 'data')
    assert.equal(JSON.parse(String(line)).queues[0].counts.ready, 1)
    watch.kill('SIGINT')
    assert.deepEqual(await once(watch, 'close'), [0, null])
  }))
