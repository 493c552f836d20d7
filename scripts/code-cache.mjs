// Keeps what V8 makes of the parts of the command line, so that a command, and each thread of a rule, need not compile them: a tenth of what
// `hob status` took beyond starting Node, and a tenth of a run of a rule over ten million lines (docs/decisions/0008). A cache is good for the
// very Node that made it, and any other goes without.
import { spawnSync } from 'node:child_process'
import {
  closeSync,
  cpSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** How often the names of the example stand in a file: with few, a run does not do all that a long one does. */
const TIMES = 10_000

/** What is run, over the examples, for what it compiles; the caches of later ones stand, of a part that several load in the same program. */
const COMMANDS = [
  ['rule', 'run', 'names.last_names_json', '--rules', '.', '-u', 'many-names.jsonl', '-o', 'names.csv'],
  ['rule', 'run', 'campaign.donations', '--rules', '.', '-u', 'donations.csv'],
  ['load', '-', '-k', 'sqlite:hob.db'],
  ['deliver', '-k', 'sqlite:hob.db', '-j', '2', '/bin/true'],
  ['status', '-k', 'sqlite:hob.db'],
]

/** Loaded before the command line, and before each of its threads: keeps what was compiled by the end, or by each answer of a thread. */
const keeper = (folder) => `const vm = require('node:vm')
const { basename } = require('node:path')
const { mkdirSync, writeFileSync } = require('node:fs')
const { isMainThread, parentPort } = require('node:worker_threads')
const scripts = new Map()
vm.Script = class extends vm.Script {
  constructor(code, options) {
    super(code, options)
    scripts.set(options.filename, this)
  }
}
const keep = () => {
  const [entry] = scripts.keys()
  const program = ${JSON.stringify(`${folder}/`)} + basename(entry)
  mkdirSync(program, { recursive: true })
  for (const [file, script] of scripts) writeFileSync(program + '/' + basename(file), script.createCachedData())
}
if (isMainThread) process.on('exit', keep)
else {
  const { postMessage } = parentPort
  parentPort.postMessage = (...message) => {
    keep()
    postMessage.apply(parentPort, message)
  }
}
`

/**
 * Makes the caches of the parts that the commands need; none where one of them cannot be run, which is no reason not to build.
 *
 * @param examples The folder of the examples.
 */
export function cacheCode(bin, examples) {
  const { size, mtimeMs } = statSync(process.execPath)
  const caches = join(bin, `cache-${process.version}-${size}-${mtimeMs}`)
  const made = `${caches}.${process.pid}`
  const folder = mkdtempSync(join(tmpdir(), 'hob-build-'))
  try {
    mkdirSync(made)
    cpSync(examples, folder, { recursive: true })
    const names = readFileSync(join(examples, 'names.jsonl'), 'utf8')
    writeFileSync(join(folder, 'many-names.jsonl'), names.repeat(TIMES))
    const kept = join(folder, 'keeper.cjs')
    writeFileSync(kept, keeper(made))
    const env = { ...process.env, NODE_OPTIONS: `--require="${kept}"` }
    for (const command of COMMANDS) {
      const run = { cwd: folder, env, input: '1\n'.repeat(100), encoding: 'utf8' }
      const { status, stderr } = spawnSync(process.execPath, [join(bin, 'hob.cjs'), ...command], run)
      if (status !== 0) throw new Error(`hob ${command.join(' ')}: ${stderr}`)
    }
    putWhole(made, caches)
  } catch (error) {
    console.error(`no code cache: ${error.message}`)
  } finally {
    rmSync(folder, { recursive: true })
    rmSync(made, { recursive: true, force: true })
  }
}

/** V8 looks at the length of a cache and not at what it holds, so that one of which a power cut left half would end every command. */
function putWhole(made, caches) {
  for (const program of readdirSync(made)) {
    for (const name of readdirSync(join(made, program))) {
      const file = openSync(join(made, program, name), 'r+')
      fsyncSync(file)
      closeSync(file)
    }
  }
  renameSync(made, caches)
}
