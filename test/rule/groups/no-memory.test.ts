import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startWasm } from '#hob/rule/wasm-program.js'

// Node reserves 10 GB of addresses for each memory of WebAssembly, which a machine may refuse it.

const urlOf = (module: string): string => import.meta.resolve(`#hob/rule/${module}.js`)

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hob-no-memory-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Runs a program in a Node that is started so, and tells what it printed. */
async function printed(program: string, shell: string): Promise<unknown> {
  const file = join(folder, 'program.mjs')
  await writeFile(file, program)
  const { stdout } = await promisify(execFile)('sh', ['-c', shell, process.execPath, file])
  return JSON.parse(stdout)
}

const STARTS = {
  'under ulimit -v': ['ulimit -v 8000000; exec "$0" "$1"', /Out of memory.*\(ulimit -v\)/],
  'without WebAssembly': ['exec "$0" --jitless "$1"', /WebAssembly is not defined: .*lacks what it needs/],
} as const

describe.runIf(process.platform === 'linux').each(Object.entries(STARTS))('%s', (_, [shell, told]) => {
  test('a rule goes by rows, and CSV is cut as ever', async () => {
    const program = `
      import { readFileSync, writeFileSync } from 'node:fs'
      import { csv, rule } from ${JSON.stringify(import.meta.resolve('#hob/index.js'))}
      import { planPieces } from ${JSON.stringify(urlOf('map/plan-pieces'))}
      import { runMap } from ${JSON.stringify(urlOf('map/run-map'))}
      const folder = ${JSON.stringify(folder)}
      const file = folder + '/input.csv'
      writeFileSync(file, 'k,v\\n' + '"a, b",1\\n"c""d",2\\n'.repeat(1_000))
      const input = csv({ header: true })
      const made = rule({ name: 'r', input, keyParts: ['k'], valueParts: ['v'] })
      const pieces = await planPieces(input, [{ name: 'i', tag: null, file, hash: null }], { piecesBytes: 5_000 })
      const scans = [{ keysets: ['_default'], fields: ['k'], values: [{ part: 'v', isNumber: true }] }]
      const map = async (isForced) => {
        const task = { keyset: null, params: {}, pieces, folder, name: 't', groupsMax: 100, groups: { scans, isForced } }
        const { spills, path } = await runMap(made, task, { onProgress() {}, signal: new AbortController().signal })
        return { path, spilled: spills.map(({ file }) => readFileSync(file, 'utf8')) }
      }
      const forced = await map(true).then(() => '', ({ code, message, hint }) => code + ': ' + message + ': ' + hint)
      console.log(JSON.stringify({ cuts: pieces.map(({ from }) => from), ...await map(false), forced }))
    `
    const seldom = (await printed(program, shell)) as Record<string, unknown>
    const usual = (await printed(program, 'exec "$0" "$1"')) as Record<string, unknown>
    assert.deepEqual([seldom.cuts, seldom.spilled], [usual.cuts, usual.spilled])
    expect(usual).toMatchObject({ path: { engine: 'groups', groups: 2 }, forced: '' })
    const reason = expect.stringMatching(/^cannot run .*scan\.wasm: /)
    expect(seldom).toMatchObject({ path: { engine: 'rows', reason }, forced: expect.stringMatching(told) })
  })
})

test('a file that is missing or damaged is told as such', async () => {
  const whole = new URL('./scan.wasm', urlOf('groups/scan-program'))
  const damaged = join(folder, 'damaged.wasm')
  await copyFile(whole, damaged)
  await truncate(damaged, 2_000)
  for (const name of ['damaged.wasm', 'missing.wasm']) {
    const hint = expect.stringMatching(/^The package is not whole: install it again\./)
    expect(() => startWasm(new URL(`file://${join(folder, name)}`))).toThrow(
      expect.objectContaining({ code: 'fault', hint }),
    )
  }
})
