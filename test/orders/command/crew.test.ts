import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { CommandError } from '#hob/orders/command/command.js'
import { Crew } from '#hob/orders/command/crew.js'
import { StopSignal } from '#hob/queue/stop-signal.js'
import { exitOf, scratchFolder, script, startCrew, text, untilFile } from './support.js'

const SHELLS = ['/bin/sh', '/bin/bash', '/bin/dash', process.env.HOB_TEST_SHELL ?? ''].filter(existsSync)

const HARD_ARGUMENTS = [
  '',
  ' ',
  "it's",
  '"double"',
  '`date`',
  '$(date)',
  '$HOME',
  'a\nb\n',
  '\\',
  '\\n\\',
  '-n',
  '--',
  '*',
  '~',
  '#',
  'a=b',
  '!',
  'é – 😀',
  '\t\r\x01\x7f',
  'x'.repeat(100 * 1024),
]

describe.each(SHELLS)('a crew of %s', (shellFile) => {
  it('passes any argument as it is', async () => {
    const crew = await startCrew({ shellFile })
    const ended = await crew.run(script('for arg do printf "%s\\0" "$arg"; done', HARD_ARGUMENTS))
    expect(exitOf(ended)).toEqual({ exitCode: 0, signal: null, end: 'exited' })
    expect(text(ended.stdout).split('\0').slice(0, -1)).toEqual(HARD_ARGUMENTS)
  })

  it.each([
    ['exit 0', 0, null],
    ['exit 1', 1, null],
    ['exit 143', 143, null],
    ['exit 137', 137, null],
    ['exit 255', 255, null],
    ['kill -TERM $$', null, 'SIGTERM'],
    ['kill -KILL $$', null, 'SIGKILL'],
    ['kill -INT $$', null, 'SIGINT'],
    ['kill -PIPE $$', null, 'SIGPIPE'],
    ['kill -USR1 $$', null, 'SIGUSR1'],
    ['kill -SEGV $$', null, 'SIGSEGV'],
    ['echo Terminated >&2; exit 9', 9, null],
    // Cannot be told from a death of its own, since dash says nothing else then; see death-word.ts.
    ['sh -c "kill -TERM \\$\\$"; exit 143', null, 'SIGTERM'],
  ])('tells `%s` from its like', async (text, exitCode, signal) => {
    const crew = await startCrew({ shellFile })
    expect(exitOf(await crew.run(script(text)))).toEqual({ exitCode, signal, end: 'exited' })
  })

  it('keeps what the shell says of a death out of the output', async () => {
    const crew = await startCrew({ shellFile })
    const ended = await crew.run(script('printf "its own" >&2; kill -SEGV $$'))
    expect(exitOf(ended)).toEqual({ exitCode: null, signal: 'SIGSEGV', end: 'exited' })
    expect(text(ended.stderr)).toBe('its own')
  })

  it('keeps what the shell says of a signal out of the output', async () => {
    const crew = await startCrew({ shellFile })
    const ended = await crew.run(script('echo mine >&2; kill -TERM $$'))
    expect(text(ended.stderr)).toBe('mine\n')
  })

  it('outlives signals to its whole group', async () => {
    const crew = await startCrew({ shellFile })
    for (const signal of ['TERM', 'INT', 'HUP', 'QUIT', 'USR1']) {
      const ended = await crew.run(script(`echo $PPID; kill -${signal} 0; wait`))
      expect(ended.signal).toBe(`SIG${signal}`)
    }
    expect(exitOf(await crew.run(script('exit 3')))).toMatchObject({ exitCode: 3 })
  })

  it('tells of KILL to its whole group, and goes on', async () => {
    const crew = await startCrew({ shellFile })
    expect(exitOf(await crew.run(script('kill -KILL 0')))).toEqual({ exitCode: null, signal: 'SIGKILL', end: 'exited' })
    expect(text((await crew.run(script('echo on'))).stdout)).toBe('on\n')
  })

  it('ends a command whose time is up, with its children', async () => {
    const crew = await startCrew({ shellFile })
    const ended = await crew.run({ ...script('sleep 1000 & wait'), timeoutMs: 50 })
    expect(exitOf(ended)).toEqual({ exitCode: null, signal: 'SIGTERM', end: 'timeout' })
    expect(exitOf(await crew.run(script('exit 4')))).toMatchObject({ exitCode: 4, end: 'exited' })
  })

  it('passes the environment', async () => {
    process.env['HOB-ODD.NAME'] = 'odd'
    process.env.HOB_TEST_INHERITED = 'inherited'
    const crew = await startCrew({ shellFile })
    delete process.env['HOB-ODD.NAME']
    const env = {
      HOB_ORDER_ID: "it's\n$(me)",
      'WITH-DASH': 'x y',
      UID: '7',
      LC_ALL: 'no-such-locale',
      PATH: '/nowhere',
    }
    const ended = await crew.run({ file: '/usr/bin/env', args: ['-0'], env })
    const lines = text(ended.stdout).split('\0')
    for (const [name, value] of Object.entries(env)) expect(lines).toContain(`${name}=${value}`)
    expect(lines).toContain('HOB-ODD.NAME=odd')
    expect(lines).toContain('HOB_TEST_INHERITED=inherited')
    expect(text(ended.stderr)).toBe('')
  })
})

describe('a crew', () => {
  it('gives standard input: text, or nothing', async () => {
    const crew = await startCrew()
    const stdin = 'päyload\n'.repeat(50_000)
    const cat = { file: '/bin/cat', args: [], env: {} }
    expect(text((await crew.run({ ...cat, stdin })).stdout)).toBe(stdin)
    expect((await crew.run(cat)).stdout.bytes).toBe(0)
  })

  it('never mixes the output of commands that run at once', async () => {
    const crew = await startCrew({ lanes: 4 })
    const say = 'i=0; while [ $i -lt 200 ]; do echo "$1"; echo "$1" >&2; i=$((i+1)); done'
    const runs = Array.from({ length: 40 }, (_, index) => crew.run(script(say, [`order ${index}`])))
    for (const [index, ended] of (await Promise.all(runs)).entries()) {
      expect(text(ended.stdout)).toBe(`order ${index}\n`.repeat(200))
      expect(text(ended.stderr)).toBe(`order ${index}\n`.repeat(200))
    }
  })

  it('keeps what a command left behind writes out of the next output, and lets it live', async () => {
    const crew = await startCrew()
    const folder = scratchFolder()
    const go = join(folder, 'go')
    const wrote = join(folder, 'wrote')
    const left = await crew.run(
      script('(until [ -e "$1" ]; do sleep 0.01; done; echo late; echo late >&2; : >"$2") & echo first', [go, wrote]),
    )
    expect(text(left.stdout)).toBe('first\n')
    const next = await crew.run(script(': >"$1"; until [ -e "$2" ]; do sleep 0.01; done; echo second', [go, wrote]))
    expect(text(next.stdout)).toBe('second\n')
    expect(text(next.stderr)).toBe('')
    expect(text((await crew.run(script('echo third'))).stdout)).toBe('third\n')
  })

  it('keeps output as files when asked, also of a second attempt', async () => {
    const crew = await startCrew()
    const outputFolder = join(scratchFolder(), 'a', "b's")
    await crew.run({ ...script('echo one; echo two >&2'), outputFolder })
    const ended = await crew.run({ ...script('echo three'), outputFolder })
    ended.stdout.dispose()
    expect(readFileSync(join(outputFolder, 'stdout'), 'utf8')).toBe('three\n')
    expect(readFileSync(join(outputFolder, 'stderr'), 'utf8')).toBe('')
    expect(text(ended.stdout)).toBe('three\n')
  })

  it('says so when output cannot be kept', async () => {
    const crew = await startCrew()
    const file = join(scratchFolder(), 'file')
    writeFileSync(file, '')
    await expect(crew.run({ ...script(':'), outputFolder: join(file, 'x') })).rejects.toMatchObject({ code: 'output' })
    expect((await crew.run(script('echo on'))).stdout.bytes).toBe(3)
  })

  it('lets a command that writes to a full disk fail by itself', async () => {
    if (!existsSync('/dev/full')) return
    const crew = await startCrew()
    const ended = await crew.run(script('echo x > /dev/full'))
    expect(ended.exitCode).not.toBe(0)
    expect(ended.stderr.bytes).toBeGreaterThan(0)
  })

  it('takes 200 MB of output in flat memory, whole', async () => {
    const crew = await startCrew()
    const bytes = 200 * 1024 * 1024
    const before = process.memoryUsage.rss()
    const ended = await crew.run(script(`head -c ${bytes - 4} /dev/zero; printf end!`))
    expect(process.memoryUsage.rss() - before).toBeLessThan(50 * 1024 * 1024)
    expect(ended.stdout.bytes).toBe(bytes)
    expect(ended.stdout.tail(8)).toBe('\0\0\0\0end!')
    let streamed = 0
    for await (const chunk of ended.stdout.stream()) streamed += chunk.length
    expect(streamed).toBe(bytes)
    expect(process.memoryUsage.rss() - before).toBeLessThan(50 * 1024 * 1024)
    ended.stdout.dispose()
    ended.stdout.dispose()
  })

  it('begins a tail at a whole character', async () => {
    const crew = await startCrew()
    const { stdout } = await crew.run(script('printf "abc😀😀"'))
    expect(stdout.tail(5)).toBe('😀')
    expect(stdout.tail(8)).toBe('😀😀')
    expect(stdout.tail(4096)).toBe('abc😀😀')
  })

  it('kills after the grace what ignores TERM', async () => {
    const crew = await startCrew({ graceMs: 50 })
    const ended = await crew.run({ ...script('trap "" TERM; sleep 1000 & wait; sleep 1000'), timeoutMs: 200 })
    expect(exitOf(ended)).toEqual({ exitCode: null, signal: 'SIGKILL', end: 'timeout' })
  })

  it('ends one run when it is stopped, and refuses one that has not begun', async () => {
    const crew = await startCrew()
    const ready = join(scratchFolder(), 'ready')
    const stop = new StopSignal()
    const waits = new StopSignal()
    const run = crew.run(script(': >"$1"; exec sleep 1000', [ready]), { stop })
    const waiting = crew.run(script(':'), { stop: waits })
    waits.stop('cancelled')
    await expect(waiting).rejects.toMatchObject({ code: 'stopped' })
    await untilFile(ready)
    stop.stop('cancelled')
    expect(exitOf(await run)).toEqual({ exitCode: null, signal: 'SIGTERM', end: 'killed' })
    await expect(crew.run(script(':'), { stop })).rejects.toMatchObject({ code: 'stopped' })
  })

  it('terminates all that runs: TERM, and KILL after the grace', async () => {
    const crew = await startCrew({ lanes: 2 })
    const folder = scratchFolder()
    const ready = [join(folder, 'a'), join(folder, 'b')]
    const polite = crew.run(script('trap "echo bye; exit 5" TERM; : >"$1"; sleep 1000 & wait', [join(folder, 'a')]))
    const stubborn = crew.run(script('trap "" TERM; : >"$1"; sleep 1000', [join(folder, 'b')]))
    const inLine = crew.run(script(':'))
    const refused = expect(inLine).rejects.toMatchObject({ code: 'stopped' })
    for (const path of ready) await untilFile(path)
    await crew.terminate(200)
    await refused
    const ended = await polite
    expect(exitOf(ended)).toEqual({ exitCode: 5, signal: null, end: 'killed' })
    expect(text(ended.stdout)).toBe('bye\n')
    expect(exitOf(await stubborn)).toEqual({ exitCode: null, signal: 'SIGKILL', end: 'killed' })
    expect(exitOf(await crew.run(script('exit 6')))).toMatchObject({ exitCode: 6 })
  })

  it('serves who waits when the lane before them is lost', async () => {
    const crew = await startCrew()
    const codes = Array.from({ length: 6 }, (_, index) =>
      crew.run(script(index % 2 === 0 ? 'kill -KILL 0' : `exit ${index}`)),
    )
    expect((await Promise.all(codes)).map((ended) => ended.signal ?? ended.exitCode)).toEqual([
      'SIGKILL',
      1,
      'SIGKILL',
      3,
      'SIGKILL',
      5,
    ])
  })

  it('is not harmed by STOP and CONT', async () => {
    const crew = await startCrew()
    const ended = await crew.run(script('(sleep 0.05; kill -CONT $$) & kill -STOP $$; exit 7'))
    expect(exitOf(ended)).toMatchObject({ exitCode: 7 })
  })

  it('ends what is stopped, lane and all, without waiting for KILL', async () => {
    const crew = await startCrew({ graceMs: 60_000 })
    const ended = await crew.run({ ...script('kill -STOP 0; exit 8'), timeoutMs: 100 })
    expect(exitOf(ended)).toEqual({ exitCode: null, signal: 'SIGTERM', end: 'timeout' })
    expect(exitOf(await crew.run(script('exit 9')))).toMatchObject({ exitCode: 9 })
  })

  it('works beside another crew', async () => {
    const crews = await Promise.all([startCrew({ lanes: 2 }), startCrew({ lanes: 2 })])
    const runs = crews.flatMap((crew, index) => Array.from({ length: 20 }, () => crew.run(script(`echo ${index}`))))
    expect((await Promise.all(runs)).map(({ stdout }) => text(stdout)).join('')).toBe(
      '0\n'.repeat(20) + '1\n'.repeat(20),
    )
    await crews[0]?.stop()
    expect(text((await crews[1].run(script('echo still'))).stdout)).toBe('still\n')
  })

  it('starts and stops in any order', async () => {
    const crew = new Crew({ lanes: 1 })
    await crew.stop()
    await expect(crew.run(script(':'))).rejects.toMatchObject({ code: 'stopped' })
    const other = await startCrew()
    await other.stop()
    await other.stop()
    await expect(other.run(script(':'))).rejects.toMatchObject({ code: 'stopped' })
  })

  it('says so when there is no shell', async () => {
    await expect(new Crew({ lanes: 1, shellFile: '/no/such/shell' }).start()).rejects.toMatchObject({ code: 'lane' })
    await expect(new Crew({ lanes: 1, shellFile: '/bin/false' }).start()).rejects.toMatchObject({ code: 'lane' })
  })

  it('refuses what no system takes before it runs', async () => {
    const crew = await startCrew()
    const echo = (args: string[]) => crew.run({ file: '/bin/echo', args, env: {} })
    if (process.platform === 'linux') {
      const error: CommandError = await echo(['a', 'x'.repeat(1_048_576)]).catch((error) => error)
      expect(error.code).toBe('too-long')
      expect(error.message).toBe('argument 2 is 1,048,576 bytes long; this system takes 131,071')
      expect(error.hint).toContain('--stdin')
      expect((await echo(['x'.repeat(131_071)])).stdout.bytes).toBe(131_072)
    }
    await expect(echo(Array.from({ length: 100 }, () => 'x'.repeat(100_000)))).rejects.toMatchObject({
      code: 'too-long',
    })
    await expect(echo(['a\0b'])).rejects.toMatchObject({ code: 'argument' })
  })
})
