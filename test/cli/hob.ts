import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The program itself, as npm links it. */
export const HOB: string = fileURLToPath(new URL('../../dist/bin/hob.cjs', import.meta.url))

/** How a command ended. */
export interface Ended {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

interface HobOptions {
  readonly cwd: string
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Runs the real program in a folder, without the settings of whoever runs the tests. */
export function hob(args: readonly string[], { cwd, input = '', env = {} }: HobOptions): Promise<Ended> {
  const child = spawn(process.execPath, [HOB, ...args], { cwd, env: { PATH: process.env.PATH, ...env } })
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  // One that has read enough, or that fails before, ends while there is still something to be read.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, out, err }))
  })
}

/** A folder of its own for one test, gone afterwards. */
export async function inScratchFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'hob-cli-'))
  try {
    await work(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}
