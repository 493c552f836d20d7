import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Crew } from '#hob/orders/command/crew.js'
import { StopSignal } from '#hob/queue/stop-signal.js'
import { exitOf, isAlive, scratchFolder, script, startCrew, text, until } from './support.js'

/** Notes that it begins, waits for the file `go`, and notes that it ends. */
const NOTED = 'echo "$2 begins" >>"$1"; until [ -e "$3" ]; do sleep 0.002; done; echo "$2 ends" >>"$1"; echo "$2"'

/** Two commands of a crew with one lane: the first runs and waits for its `go`, the second was handed ahead. */
async function runTwo(crew: Crew, { timeoutMs = 60_000 } = {}) {
  const folder = scratchFolder()
  const notes = join(folder, 'notes')
  const go = join(folder, 'go')
  const stops = [new StopSignal(), new StopSignal()] as const
  const pid = join(folder, 'pid')
  const first = crew.run(
    { ...script(`echo $$ $PPID >"$4"; ${NOTED}`, [notes, 'first', go, pid]), timeoutMs },
    { stop: stops[0] },
  )
  const second = crew.run(script('echo "second begins" >>"$1"; echo second', [notes]), { stop: stops[1] })
  // Looked at by whoever awaits them; until then a rejection is no fault of the test.
  second.catch(() => {})
  await until(() => lines(notes).length === 1)
  const [command = 0, lane = 0] = readFileSync(pid, 'utf8').trim().split(' ').map(Number)
  return { first, second, stops, notes, command, lane, letGo: script(': >"$1"', [go]) }
}

describe('a command that was handed ahead', () => {
  it('runs after the one before it, and each has its own output, time and status', async () => {
    const crew = await startCrew()
    const runs = Array.from({ length: 60 }, (_, index) =>
      crew.run(script('echo "$1"; echo "$1" >&2; exit "$1"', [String(index)])),
    )
    for (const [index, ended] of (await Promise.all(runs)).entries()) {
      expect(exitOf(ended)).toEqual({ exitCode: index, signal: null, end: 'exited' })
      expect([text(ended.stdout), text(ended.stderr)]).toEqual([`${index}\n`, `${index}\n`])
    }
  })

  it('is not given more lanes than there are', async () => {
    const lanes = 3
    const crew = await startCrew({ lanes })
    const notes = join(scratchFolder(), 'notes')
    let running = 0
    const runNext = async (left: number): Promise<void> => {
      if (left === 0) return
      await crew.run(script('echo 1 >>"$1"; echo -1 >>"$1"', [notes]))
      await runNext(left - 1)
    }
    await Promise.all(Array.from({ length: 2 * lanes }, () => runNext(30)))
    const most = lines(notes).reduce((most, change) => {
      running += Number(change)
      return Math.max(most, running)
    }, 0)
    expect(lines(notes)).toHaveLength(2 * 2 * lanes * 30)
    expect(most).toBeLessThanOrEqual(lanes)
  })

  it('counts its time from when it begins', async () => {
    const crew = await startCrew()
    const first = crew.run(script('sleep 0.015'))
    const second = crew.run({ ...script('sleep 0.01'), timeoutMs: 5_000 })
    const [one, two] = await Promise.all([first, second])
    expect(two.startedMs).toBeGreaterThanOrEqual(one.startedMs + 14)
    expect(two.ranMs).toBeGreaterThan(5)
  })

  it('takes none of the time of the one before it when it was taken back', async () => {
    const crew = await startCrew()
    const first = crew.run(script('sleep 0.1'))
    const others = Array.from({ length: 8 }, () => crew.run(script(':')))
    expect((await first).ranMs).toBeGreaterThan(95)
    await Promise.all(others)
    const timed = crew.run({ ...script('exec sleep 1000'), timeoutMs: 100 })
    const after = Array.from({ length: 8 }, () => crew.run(script(':')))
    expect((await timed).ranMs).toBeGreaterThan(95)
    await Promise.all(after)
  })

  it.each(['/bin/sh', '/bin/bash'])(
    'goes to another lane of %s when the one before it takes long',
    async (shellFile) => {
      const crew = await startCrew({ lanes: 2, shellFile })
      const over = new StopSignal()
      const long = crew.run(script('exec sleep 1000'), { stop: over })
      const short = crew.run(script('sleep 0.05'))
      // Ahead in one of the lanes, most likely in that of `long`.
      const ahead = [crew.run(script('echo 1')), crew.run(script('echo 2'))]
      await short
      expect((await Promise.all(ahead)).map(({ stdout }) => text(stdout))).toEqual(['1\n', '2\n'])
      over.stop('cancelled')
      expect((await long).end).toBe('killed')
    },
  )

  it('runs in a new lane when the time of the one before it is up', async () => {
    const crew = await startCrew({ graceMs: 2_000 })
    const { first, second, notes } = await runTwo(crew, { timeoutMs: 300 })
    expect(exitOf(await first)).toEqual({ exitCode: null, signal: 'SIGTERM', end: 'timeout' })
    expect(text((await second).stdout)).toBe('second\n')
    expect(lines(notes)).toEqual(['first begins', 'second begins'])
  })

  it('runs in a new lane when the one before it is ended', async () => {
    const crew = await startCrew()
    const { first, second, stops, notes } = await runTwo(crew)
    stops[0].stop('cancelled')
    expect((await first).end).toBe('killed')
    expect(text((await second).stdout)).toBe('second\n')
    expect(lines(notes)).toEqual(['first begins', 'second begins'])
  })

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'is one of many that each run once, whatever ends the first: %s',
    async (signal) => {
      const crew = await startCrew()
      const notes = join(scratchFolder(), 'notes')
      // Ended at once, and after the others were taken back from behind it: the two ways in which they can be met.
      for (const after of [0, 0.05]) {
        const first = crew.run(
          script(`echo first >>"$1"; sleep ${after}; kill -${signal.slice(3)} 0; sleep 1000`, [notes]),
        )
        const others = Array.from({ length: 12 }, (_, index) =>
          crew.run(script('echo "$1" >>"$2"; echo "$1"', [`${after}/${index}`, notes])),
        )
        expect((await first).signal).toBe(signal)
        const said = (await Promise.all(others)).map(({ stdout }) => text(stdout).trim())
        expect(said).toEqual(others.map((_, index) => `${after}/${index}`))
      }
      expect(lines(notes).toSorted()).toEqual([...new Set(lines(notes)), 'first'].toSorted())
      expect(lines(notes)).toHaveLength(2 * 13)
    },
  )

  it('is not run again when it had failed by itself before the one that is ended', async () => {
    const crew = await startCrew()
    const notes = join(scratchFolder(), 'notes')
    const stop = new StopSignal()
    const run = (name: string, options = {}) => crew.run(script('echo "$1" >>"$2"; exit 3', [name, notes]), options)
    const first = run('first', { stop })
    const names = Array.from({ length: 6 }, (_, index) => `${index}`)
    const others = names.map((name) => run(name))
    await new Promise((resolve) => process.nextTick(resolve))
    // They end, and nobody hears it.
    sleepSync(() => lines(notes).length === 7)
    stop.stop('cancelled')
    await first
    for (const other of others) expect(exitOf(await other)).toEqual({ exitCode: 3, signal: null, end: 'exited' })
    expect(lines(notes)).toEqual(['first', ...names])
  })

  it('does not begin while one before it is ended with grace', async () => {
    const crew = await startCrew()
    const folder = scratchFolder()
    const notes = join(folder, 'notes')
    const stubborn = crew.run({
      ...script('trap "sleep 0.3; echo ends >>$1; exit 4" TERM; : >"$1"; sleep 1000 & wait', [notes]),
      timeoutMs: 100,
    })
    const second = crew.run(script('echo begins >>"$1"', [notes]))
    expect(exitOf(await stubborn)).toEqual({ exitCode: 4, signal: null, end: 'timeout' })
    await second
    expect(lines(notes)).toEqual(['ends', 'begins'])
  })

  it('runs in a new lane when its own was killed', async () => {
    const crew = await startCrew()
    const { first, second, notes, lane, command } = await runTwo(crew)
    process.kill(lane, 'SIGKILL')
    expect((await first).signal).toBe('SIGKILL')
    expect(text((await second).stdout)).toBe('second\n')
    expect(lines(notes)).toEqual(['first begins', 'second begins'])
    await until(() => !isAlive(command))
  })

  it('is taken back when it is aborted, and the one before it goes on', async () => {
    const crew = await startCrew({ lanes: 1 })
    const { first, second, stops, notes, letGo } = await runTwo(crew)
    stops[1].stop('cancelled')
    await expect(second).rejects.toMatchObject({ code: 'stopped' })
    const other = await startCrew()
    await other.run(letGo)
    expect(exitOf(await first)).toEqual({ exitCode: 0, signal: null, end: 'exited' })
    expect(text((await crew.run(script('echo third'))).stdout)).toBe('third\n')
    expect(lines(notes)).toEqual(['first begins', 'first ends'])
  })

  it('is taken back, and those around it run once, also while the lane is not heard', async () => {
    const crew = await startCrew()
    const notes = join(scratchFolder(), 'notes')
    const expected: string[] = []
    for (let round = 0; round < 40; round += 1) {
      const stop = new StopSignal()
      const names = Array.from({ length: 14 }, (_, index) => `${round}/${index}`)
      const runs = names.map((name) => crew.run(script('echo "$1" >>"$2"', [name, notes])))
      const last = crew.run(script(':'), { stop }).catch(() => {})
      // Anywhere among the ends of the others, most of which are not heard by then.
      await new Promise((resolve) => setTimeout(resolve, round % 14))
      stop.stop('cancelled')
      await Promise.all([...runs, last])
      expected.push(...names)
    }
    expect(lines(notes).toSorted()).toEqual(expected.toSorted())
  })

  it('does not begin when all is terminated', async () => {
    const crew = await startCrew()
    const { first, second, notes } = await runTwo(crew)
    await crew.terminate(1_000)
    expect((await first).end).toBe('killed')
    await expect(second).rejects.toMatchObject({ code: 'stopped' })
    expect(lines(notes)).toEqual(['first begins'])
  })

  it('has its input, and its script by a file when it is long', async () => {
    const crew = await startCrew()
    const long = 'x'.repeat(100_000)
    const runs = Array.from({ length: 4 }, (_, index) =>
      crew.run({ ...script('cat; printf %s "$1" | wc -c', [long]), stdin: `${index}\n` }),
    )
    const said = (await Promise.all(runs)).map(({ stdout }) => text(stdout))
    expect(said).toEqual([0, 1, 2, 3].map((index) => `${index}\n100000\n`))
  })
})

function lines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').slice(0, -1)
  } catch {
    return []
  }
}

/** Blocks this whole process until it is true, and a little longer. */
function sleepSync(isTrue: () => boolean): void {
  const sleep = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
  for (let left = 1_000; left > 0 && !isTrue(); left -= 1) sleep(5)
  sleep(50)
}
