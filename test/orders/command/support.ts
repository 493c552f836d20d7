import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Command, Ended } from '#hob/orders/command/command.js'
import { Crew, type CrewOptions } from '#hob/orders/command/crew.js'
import type { Output } from '#hob/orders/command/output.js'

/** A crew that is stopped when the test ends. */
export async function startCrew(options: Partial<CrewOptions> = {}): Promise<Crew> {
  const crew = new Crew({ lanes: 1, ...options })
  await crew.start()
  onTestFinished(() => crew.stop())
  return crew
}

/** A folder of the test's own. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hob-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A command that is a shell script, with arguments from `$1` on. */
export const script = (text: string, args: readonly string[] = []): Command => ({
  file: '/bin/sh',
  args: ['-c', text, 'sh', ...args],
  env: {},
})

export const text = (output: Output): string => output.tail(output.bytes)

export const exitOf = ({ exitCode, signal, end }: Ended): unknown => ({ exitCode, signal, end })

/** Looks every few milliseconds, since a file or another process gives no signal that we could wait for. */
export async function until(isTrue: () => boolean, withinMs = 5_000): Promise<void> {
  const untilMs = performance.now() + withinMs
  while (!isTrue()) {
    if (performance.now() > untilMs) throw new Error(`not true within ${withinMs} ms: ${isTrue}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

export const untilFile = (path: string): Promise<void> => until(() => existsSync(path))

/** Whether a process runs. One that has ended but was not reaped by its parent does not. */
export function isAlive(pid: number): boolean {
  const state = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim()
  return state !== '' && !state.startsWith('Z')
}
