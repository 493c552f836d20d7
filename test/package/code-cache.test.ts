import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'vitest'
import { ROOT } from '../docs/documents.js'

/** Loads the command line as it is, and tells of each part whether V8 took its cache: undefined where there is none. */
const PROGRAM = `
  const vm = require('node:vm')
  const told = {}
  vm.Script = class extends vm.Script {
    constructor(code, options) {
      super(code, options)
      told[require('node:path').basename(options.filename)] = this.cachedDataRejected
    }
  }
  process.on('exit', () => process.stderr.write(JSON.stringify(told)))
  process.argv.splice(1, 0, 'hob')
  require(${JSON.stringify(join(ROOT, 'dist/bin/hob.cjs'))})`

function run(...flags: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, '-e', PROGRAM, '--', 'status', '--help'], {
    encoding: 'utf8',
  })
  return { status, said: stdout, told: JSON.parse(stderr) as Readonly<Record<string, boolean>> }
}

test('what V8 made of a part when it was built is taken, and another V8 goes without', () => {
  const usual = run()
  assert.equal(usual.status, 0)
  assert.deepEqual([usual.told['part-base.cjs'], usual.told['part-hob-entry.cjs']], [false, false])
  const other = run('--no-opt')
  assert.deepEqual([other.status, other.said], [0, usual.said])
  assert.equal(other.told['part-base.cjs'], true)
})
