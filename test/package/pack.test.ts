import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { markedBlocks, ROOT, readDocument } from '../docs/documents.js'

const run = promisify(execFile)

const folder = mkdtempSync(join(tmpdir(), 'hob-package-'))
const project = join(folder, 'project')
let packed: readonly string[] = []

/** The README's script, as it stands there. */
const script = markedBlocks(readDocument('README.md')).find(({ language }) => language === 'ts')?.text ?? ''

/**
 * Packs what `npm test` has just built, and installs it elsewhere, in an empty project, as a user would.
 *
 * Without install scripts: better-sqlite3 would compile for more than a minute. Its compiled part is copied from this
 * checkout, where npm has made it from the same version.
 */
beforeAll(async () => {
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
    cwd: ROOT,
  })
  const [tarball] = JSON.parse(stdout) as readonly [{ filename: string; files: readonly { path: string }[] }]
  packed = tarball.files.map(({ path }) => path)
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), '{ "name": "project", "private": true, "type": "module" }\n')
  const quiet = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund']
  await run('npm', ['install', ...quiet, join(folder, tarball.filename)], { cwd: project })
  const compiled = 'node_modules/better-sqlite3/build/Release/better_sqlite3.node'
  cpSync(join(ROOT, compiled), join(project, compiled))
}, 120_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const hob = async (...args: readonly string[]): Promise<string> => {
  const { stdout } = await run('npx', ['--no-install', 'hob', ...args], { cwd: project })
  return stdout
}

describe('the package', () => {
  test('holds the program, its types and its documents, and nothing else', () => {
    const some = [
      'dist/index.js',
      'dist/index.d.ts',
      'dist/bin/hob.cjs',
      'dist/rule/groups/scan.wasm',
      'dist/rule/map/quotes.wasm',
      'dist/rule/map/rows.wasm',
      'docs/orders.md',
    ]
    for (const path of [...some, 'LICENSE']) {
      assert.ok(packed.includes(path), path)
    }
    const kinds = packed.filter(
      (path) =>
        !/^(dist\/.*\.(c?js|d\.ts)|dist\/rule\/(groups\/scan|map\/(quotes|rows))\.wasm|dist\/examples\/rules\/\w+\.(ts|csv|jsonl|md)|docs\/.*\.md|(README|CHANGELOG)\.md|LICENSE|package\.json)$/.test(
          path,
        ),
    )
    assert.deepEqual(kinds, [])
  })

  test('installs no more than it says it needs', () => {
    const { packages } = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')) as {
      packages: Readonly<Record<string, { dev?: boolean; dependencies?: Readonly<Record<string, string>> }>>
    }
    assert.deepEqual(Object.keys(packages['node_modules/hob']?.dependencies ?? {}), [
      'better-sqlite3',
      'commander',
      'croner',
      'jiti',
      'papaparse',
      'prom-client',
      'yaml',
    ])
  })

  test('has a command that works', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
    assert.equal(await hob('--version'), `${version}\n`)
    writeFileSync(join(project, 'orders.csv'), 'moon\n"a ""star"""\n')
    assert.equal(await hob('load', 'orders.csv'), 'loaded 2 orders into orders\n')
    assert.equal(await hob('deliver', 'echo', 'crunching on'), 'crunching on moon\ncrunching on a "star"\n')
    assert.match(await hob('extract'), /^1,DONE,[^,]+,[\d.]+,[\d.]+,"\[""moon""\]",,1,0$/m)
  })

  test('computes a rule of those that it brings', async () => {
    await hob('rule', 'new', 'rules')
    const out = await hob('rule', 'run', 'names.last_names_json', 'rules/names.jsonl')
    assert.equal(out, 'last,count\nNahasapeemapetilon,3\nPowell,3\nSimpson,5\nTérminos,1\n')
  })

  test("runs the README's script", async () => {
    writeFileSync(join(project, 'script.mjs'), script)
    const child = spawn(process.execPath, ['script.mjs'], { cwd: project, stdio: ['ignore', 'pipe', 'inherit'] })
    let out = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
      child.kill('SIGINT')
    })
    const status = await new Promise((resolve) => child.once('close', resolve))
    assert.match(out, /^order \d+, attempt 1: crunching on moon\n$/)
    assert.equal(status, 0)
  })

  test('brings types that suffice', async () => {
    writeFileSync(join(project, 'script.mts'), script)
    const options = {
      target: 'ES2022',
      lib: ['ES2023', 'ESNext.Disposable'],
      module: 'NodeNext',
      strict: true,
      noEmit: true,
      types: ['node'],
      typeRoots: [join(ROOT, 'node_modules/@types')],
    }
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['script.mts'] }))
    await run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', project])
  })
})
