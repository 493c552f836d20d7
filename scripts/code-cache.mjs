// Keeps what V8 makes of the command line's base, so that a short command need not compile it: a tenth of what `hob status` took beyond
// starting Node (docs/decisions/0008). A cache is good for the very Node that made it, and any other goes without.
import { spawnSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Stands in the place of the code: runs it with the cache, if there is one of this Node. */
const RUNNER = `const { readFileSync, statSync } = require('node:fs')
const { Script } = require('node:vm')
const filename = \`\${__dirname}/base.cjs\`
const { size, mtimeMs } = statSync(process.execPath)
let cachedData
try {
  cachedData = readFileSync(\`\${__dirname}/base-\${process.version}-\${size}-\${mtimeMs}.cache\`)
} catch {}
const code = \`(function (exports, require, module, __filename, __dirname) { \${readFileSync(filename, 'utf8')}\\n})\`
const script = new Script(code, { filename, cachedData })
script.runInThisContext()(exports, require, module, filename, __dirname)
`

/** Loaded before the command line: keeps at the end what was compiled by then. */
const keeper = (cacheFile) => `const vm = require('node:vm')
vm.Script = class extends vm.Script {
  constructor(code, options) {
    super(code, options)
    process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(cacheFile)}, this.createCachedData()))
  }
}
`

/** Makes a cache of what one `hob status` needed; none where that cannot be run, which is no reason not to build. */
export function cacheCode(bin) {
  renameSync(join(bin, 'part-base.cjs'), join(bin, 'base.cjs'))
  writeFileSync(join(bin, 'part-base.cjs'), RUNNER)
  const { size, mtimeMs } = statSync(process.execPath)
  const folder = mkdtempSync(join(tmpdir(), 'hob-build-'))
  const cache = join(bin, `base-${process.version}-${size}-${mtimeMs}.cache`)
  const made = `${cache}.${process.pid}`
  const run = (...args) => {
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, input: '1\n', encoding: 'utf8' })
    if (status !== 0) console.error(`no code cache: ${args.join(' ')}: ${stderr}`)
    return status === 0
  }
  const hob = join(bin, 'hob.cjs')
  const kitchen = ['-k', 'sqlite:hob.db']
  try {
    writeFileSync(join(folder, 'keeper.cjs'), keeper(made))
    const isMade = run(hob, 'load', '-', ...kitchen) && run('--require', './keeper.cjs', hob, 'status', ...kitchen)
    if (isMade) putWhole(made, cache)
  } finally {
    rmSync(folder, { recursive: true })
    if (existsSync(made)) rmSync(made)
  }
}

/** V8 looks at the length of a cache and not at what it holds, so that one of which a power cut left half would end every command. */
function putWhole(made, cache) {
  const file = openSync(made, 'r+')
  fsyncSync(file)
  closeSync(file)
  renameSync(made, cache)
}
