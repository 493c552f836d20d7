import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { isAlive, scratchFolder, script, startCrew, text, until, untilFile } from './support.js'

const WAITER = fileURLToPath(new URL('fixtures/waiter.mjs', import.meta.url))

/** A waiter in a process of its own, whose command runs; it may only touch files under `tmp`. */
async function startWaiter() {
  const folder = scratchFolder()
  const tmp = join(folder, 'tmp')
  mkdirSync(tmp)
  const told = join(folder, 'told')
  const waiter = spawn(process.execPath, [WAITER, told], { env: { ...process.env, TMPDIR: tmp }, stdio: 'inherit' })
  onTestFinished(() => void waiter.kill('SIGKILL'))
  await untilFile(told)
  const pids = readFileSync(told, 'utf8').trim().split(' ').map(Number)
  return { waiter, tmp, pids }
}

describe('the death of a waiter', () => {
  it.each(['SIGKILL', 'SIGTERM'] as const)(
    'by %s ends its commands and their children, and leaves no file',
    async (signal) => {
      const { waiter, tmp, pids } = await startWaiter()
      expect(pids.every(isAlive)).toBe(true)
      expect(readdirSync(tmp)).toHaveLength(1)
      waiter.kill(signal)
      await until(() => !pids.some(isAlive), 1_000)
      await until(() => readdirSync(tmp).length === 0, 1_000)
    },
  )

  it('is not taken for one while it is only stopped', async () => {
    const { waiter, pids } = await startWaiter()
    waiter.kill('SIGSTOP')
    await new Promise((resolve) => setTimeout(resolve, 300))
    waiter.kill('SIGCONT')
    expect(pids.every(isAlive)).toBe(true)
  })

  it('is still watched when the watcher itself was killed', async () => {
    const { waiter, pids, tmp } = await startWaiter()
    const [first] = watchersOf(tmp)
    if (first === undefined) throw new Error('no watcher')
    process.kill(first, 'SIGKILL')
    await until(() => watchersOf(tmp).some((pid) => pid !== first))
    waiter.kill('SIGKILL')
    await until(() => !pids.some(isAlive), 1_000)
  })
})

describe('a lane that dies', () => {
  it('while it is idle is replaced', async () => {
    const crew = await startCrew()
    const pid = Number(text((await crew.run(script('echo $PPID'))).stdout))
    process.kill(pid, 'SIGKILL')
    await until(() => !isAlive(pid))
    expect(text((await crew.run(script('echo on'))).stdout)).toBe('on\n')
  })

  it('takes its command along', async () => {
    const crew = await startCrew()
    const told = join(scratchFolder(), 'told')
    const run = crew.run(script('echo "$PPID $$" >"$1.new"; mv "$1.new" "$1"; exec sleep 1000', [told]))
    await untilFile(told)
    const [lane, command] = readFileSync(told, 'utf8').trim().split(' ').map(Number)
    process.kill(lane ?? 0, 'SIGKILL')
    expect((await run).signal).toBe('SIGKILL')
    await until(() => !isAlive(command ?? 0))
  })
})

describe('a temporary folder', () => {
  it('that is swept away is made again', async () => {
    const tmp = scratchFolder()
    process.env.TMPDIR = tmp
    const crew = await startCrew()
    delete process.env.TMPDIR
    const [folder] = readdirSync(tmp)
    // Swept away before we begin to read, so only what memory holds can be kept; but the command must not hang.
    const sweep = script('rm -r "$1"; sleep 0.05; head -c 300000 /dev/zero', [join(tmp, folder ?? '')])
    const { exitCode, stdout } = await crew.run(sweep)
    expect(exitCode).toBe(0)
    expect(stdout.bytes + stdout.lostBytes).toBe(300_000)
    // Looked after only when the crew has rested for a second.
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    expect(text((await crew.run({ ...script('cat'), stdin: 'on' })).stdout)).toBe('on')
    await crew.stop()
    expect(readdirSync(tmp)).toEqual([])
  })
})

function watchersOf(tmp: string): number[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n')
  return lines
    .filter((line) => line.includes('hob-watcher') && line.includes(tmp))
    .map((line) => Number.parseInt(line, 10))
}
