// Loads the parts of the command line, which stand beside it, in the place of Node's own `require`: that looks through folders for each of
// them, and compiles each anew. This one takes what V8 made of a part when it was built, if there is something of this very Node.
const { existsSync, readFileSync, statSync } = require('node:fs')
const { Script } = require('node:vm')

const caches = cachesHere()
const modules = new Map()

/** The program that runs: a thread uses other functions of a part than a command does, and has caches of its own. */
let program = ''

/** In the place of `import` in the parts: code from a cache cannot import (Node 20). */
const __import = (specifier) => import(specifier)

/** What a part exports, by the name of its file. */
function load(name) {
  const module = modules.get(name) ?? { exports: {} }
  if (modules.has(name)) return module.exports
  modules.set(name, module)
  try {
    const filename = `${__dirname}/${name}`
    const code = `(function (exports, require, module, __filename, __dirname, __import) {${readFileSync(filename, 'utf8')}\n})`
    const script = new Script(code, { filename, cachedData: cacheOf(name) })
    script.runInThisContext()(module.exports, requireHere, module, filename, __dirname, __import)
  } catch (error) {
    modules.delete(name)
    throw error
  }
  return module.exports
}

/** The folder of the caches for this Node; null where there is none, or this Node was replaced while it runs. */
function cachesHere() {
  try {
    const { size, mtimeMs } = statSync(process.execPath)
    const folder = `${__dirname}/cache-${process.version}-${size}-${mtimeMs}`
    return existsSync(folder) ? folder : null
  } catch {
    return null
  }
}

function cacheOf(name) {
  if (caches === null) return undefined
  try {
    return readFileSync(`${caches}/${program}/${name}`)
  } catch {
    return undefined
  }
}

const requireHere = (specifier) => (specifier.startsWith('./') ? load(specifier.slice(2)) : require(specifier))
requireHere.resolve = require.resolve

/** Runs a program, named by the part to begin with. */
module.exports = (entry) => {
  program = entry
  return load(entry)
}
