import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { describe, test } from 'vitest'
import { HOB, hob } from '../cli/hob.js'
import { type Farm, onFarm } from '../support/farm.js'

const counts = async (farm: Farm): Promise<Record<string, number>> => {
  const jobs = await farm.jobs()
  return {
    done: jobs.filter(({ state }) => state === 'done').length,
    error: jobs.filter(({ state }) => state === 'error').length,
  }
}

describe('a command that cannot be run for any order', () => {
  const CASES: readonly { what: string; command: string; status: number; saying: RegExp }[] = [
    {
      what: 'is not in PATH',
      command: 'no-such-command',
      status: 127,
      saying: /^hob: command not found: no-such-command\n/,
    },
    { what: 'is not at its path', command: './missing', status: 127, saying: /^hob: command not found: \.\/missing\n/ },
    {
      what: 'is not executable',
      command: './plain.txt',
      status: 126,
      saying: /^hob: cannot execute \.\/plain\.txt: permission denied\nMake it executable/,
    },
    {
      what: 'is a folder',
      command: './folder',
      status: 126,
      saying: /^hob: cannot execute \.\/folder: it is a folder\n/,
    },
  ]
  test.each(CASES)('since it $what: told before an order is taken', ({ command, status, saying }) =>
    onFarm(async (farm) => {
      await farm.load(['1', '2'])
      await mkdir(farm.path('folder'))
      await writeFile(farm.path('plain.txt'), 'text')
      const ended = await farm.deliver('waiter', [command]).ended
      assert.equal(ended.status, status)
      assert.match(ended.err, saying)
      assert.ok(ended.err.trimEnd().split('\n').length <= 2, ended.err)
      assert.ok((await farm.jobs()).every((job) => job.state === 'ready' && job.attempts === 0))
    }),
  )

  test('though another order has one that can: only those orders fail, each with a clear text', () =>
    onFarm(async (farm) => {
      await mkdir(farm.path('folder'))
      await writeFile(farm.path('plain.txt'), 'text')
      await farm.script('bad-interpreter', '')
      await writeFile(farm.path('bad-interpreter'), '#!/no/such/interpreter\n')
      await chmod(farm.path('bad-interpreter'), 0o755)
      await farm.load(['true', 'no-such-command', './folder', './plain.txt', './missing', './bad-interpreter', 'true'])
      const { status, err } = await farm.deliver('waiter', ['{1}']).ended
      assert.equal(status, 5, err)
      assert.match(err, /order 2 failed: command not found: no-such-command\n/)
      assert.match(err, /order 3 failed: cannot execute \.\/folder: it is a folder\n/)
      assert.match(err, /order 4 failed: cannot execute \.\/plain\.txt: permission denied\n/)
      assert.match(err, /order 5 failed: command not found: \.\/missing\n/)
      assert.match(err, /order 6 failed: exit code 12[67]\n/)
      assert.deepEqual(await counts(farm), { done: 2, error: 5 })
    }))
})

test('arguments that are too long for the system fail their order with a clear text, and no other', () =>
  onFarm(async (farm) => {
    const long = 'x'.repeat(200 * 1024)
    const many = Array.from({ length: 70_000 }, (_, at) => `an argument, the ${at}th of very many`)
    const orders = [['before'], [long], ['between'], many, ['after']]
    await writeFile(farm.path('orders.jsonl'), orders.map((order) => `${JSON.stringify(order)}\n`).join(''))
    assert.equal((await hob(['load', 'orders.jsonl'], { cwd: farm.folder })).status, 0)
    await farm.script('command', 'echo "$1" >>finished')
    const { status, err } = await farm.deliver('waiter', ['./command']).ended
    assert.equal(status, 2, err)
    assert.match(err, /order 2 failed: argument 1 is 204,800 bytes long; this system takes [\d,]+\n/)
    assert.match(
      err,
      /order 4 failed: arguments and environment together are [\d,]+ bytes long; this system takes [\d,]+\n/,
    )
    assert.deepEqual(await farm.lines('finished'), ['before', 'between', 'after'])
    const { out } = await hob(['why', '2'], { cwd: farm.folder })
    assert.match(out, /argument 1 is 204,800 bytes long/)
  }))

const GIGABYTE = 1_000_000_000
const RSS_BYTES_MAX = 200 * 1024 * 1024

// Only Linux tells the most memory that a process ever had.
test.skipIf(process.platform !== 'linux')('an order that writes a gigabyte passes through in flat memory', () =>
  onFarm(async (farm) => {
    await farm.load(['1', '2'])
    await farm.script('command', `[ "$1" = 2 ] || head -c ${GIGABYTE} /dev/zero`)
    const words = [HOB, 'deliver', '--name', 'waiter', './command']
    const waiter = spawn(process.execPath, words, { cwd: farm.folder, stdio: ['ignore', 'pipe', 'pipe'] })
    const counter = spawn('wc', ['-c'], { stdio: [waiter.stdout, 'pipe', 'inherit'] })
    let mostBytes = 0
    const sampler = setInterval(async () => {
      const status = await readFile(`/proc/${waiter.pid}/status`, 'utf8').catch(() => '')
      mostBytes = Math.max(mostBytes, 1_024 * Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0))
    }, 50)
    const [[status], out, err] = await Promise.all([once(waiter, 'exit'), text(counter.stdout), text(waiter.stderr)])
    clearInterval(sampler)
    assert.equal(status, 0, err)
    assert.equal(Number(out), GIGABYTE)
    assert.ok(mostBytes > 0 && mostBytes < RSS_BYTES_MAX, `the waiter had ${mostBytes} bytes of memory`)
    assert.deepEqual(await counts(farm), { done: 2, error: 0 })
  }),
)
