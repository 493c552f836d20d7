// Makes dist/bin/, the command line in few CommonJS files: to find and load its eighty modules one by one took as long as
// starting Node, and the loader of ES modules adds 10 ms to that (docs/decisions/0008). The rest of dist/ stays as
// TypeScript wrote it, for the library and the tests.
import { chmodSync, cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { rolldown } from 'rolldown'
import { parseAst } from 'rolldown/parseAst'

/** What a quick command such as `status` needs is one file; what only a long one needs (deliver, load) is others. */
const IN_BASE =
  /node_modules\/commander|\/dist\/(core|broker\/[^/]*\.js|broker\/sqlite|engines\.js|queue\/(presence|all-records)|cli\/(run|program|parse|command|option|global|exit-status|kitchen-url|terminal|status|queues|cli-error|print\/(?!confirm)))/

const SHEBANG = /^#!.*\n/

/**
 * commander asks for child_process at once, for commands that are programs of their own. Hob has none, and to load it
 * (with sockets and all) took 5 ms of each start.
 */
const commanderStartsNothing = {
  name: 'commander-starts-nothing',
  resolveId: {
    filter: { id: /^node:child_process$/ },
    handler: (_id, importer) => (importer?.includes('node_modules/commander') ? '\0no-programs' : null),
  },
  load: { filter: { id: /^\0no-programs$/ }, handler: () => 'export {}' },
}

/** The program of the heartbeat's thread is of the bundle, for the library too. */
const heartbeatIsBesideIt = {
  name: 'heartbeat-is-beside-it',
  transform: {
    filter: { id: /\/dist\/queue\/keeper-thread\.js$/ },
    handler: (code) => code.replace("'../bin/", "'./"),
  },
}

/**
 * Threads of rules are of the bundle, with all that `import … from 'hob'` gives to the modules that they load: as a hundred and fifty
 * modules it took a fifth of a second in the process and again in each thread.
 */
const rulesBringTheLibrary = (dist) => ({
  name: 'rules-bring-the-library',
  transform: {
    filter: {
      id: /\/dist\/rule\/(load-module|import-module|groups\/scan-program|result\/duck|map\/(balanced-lines|row-scan)|run\/start-thread|daemon\/thread-modules)\.js$/,
    },
    handler: (code) =>
      code
        .replace('import(LIBRARY_URL)', `import(${JSON.stringify(join(dist, 'index.js'))})`)
        .replace("await import('jiti')", "require('./jiti.cjs')")
        .replace("'./scan.wasm'", "'../rule/groups/scan.wasm'")
        .replace("'./quotes.wasm'", "'../rule/map/quotes.wasm'")
        .replace("'./rows.wasm'", "'../rule/map/rows.wasm'")
        .replace("createRequire(import.meta.url)('@duckdb/node-api')", "require('./duckdb-api.cjs')")
        .replace("'../../bin/", "'./"),
  },
})

/** What warehouses and notices need stays a package of its own, which finds its binary parts and may not be installed; others are below. */
const rulesTakePackagesAsTheyAre = {
  name: 'rules-take-packages-as-they-are',
  resolveId: {
    filter: { id: /^(better-sqlite3|mysql2\/promise|nodemailer|\.\/(duckdb-api|jiti)\.cjs)$/ },
    handler(id, importer) {
      if (!importer?.includes('/dist/rule/')) return null
      return { id, external: 'absolute' }
    },
  },
}

/** Packages that each thread of a rule loads, as parts of the bundle, and what in them depends on the place where they are installed. */
const PACKAGES = [
  {
    // A hundred and twenty modules, which took 45 ms in each thread, and take 25 as one.
    name: '@duckdb/node-api',
    file: 'duckdb-api',
    entry: 'lib/index.js',
    external: ['@duckdb/node-bindings'],
    // Its compiled part is a package that is found from where it stands itself.
    bound: /require\((['"`])@duckdb\/node-bindings\1\)/g,
    to: `require(require('node:module').createRequire(require.resolve('@duckdb/node-api')).resolve('@duckdb/node-bindings'))`,
  },
  {
    name: 'jiti',
    file: 'jiti',
    entry: 'lib/jiti.mjs',
    external: [],
    // What translates TypeScript is a file of its own, for modules that were not translated before.
    bound: /require\((['"`])url\1\)\.pathToFileURL\(__filename\)/g,
    to: `require('node:url').pathToFileURL(require.resolve('jiti'))`,
  },
]

/** Makes a part of a package. Where another version of it is installed than that of the build, that one is taken as it is. */
async function bundlePackage(bin, { name, file, entry, external, bound, to }) {
  const require = createRequire(import.meta.url)
  const place = require.resolve(`${name}/package.json`)
  const { version } = require(place)
  const bundle = await rolldown({ input: join(dirname(place), entry), platform: 'node', external })
  const { output } = await bundle.generate({
    format: 'cjs',
    exports: 'named',
    minify: { compress: false, mangle: false, codegen: true },
  })
  const [{ code }] = output
  const made = code.replaceAll(bound, to)
  if (output.length !== 1 || made === code) throw new Error(`${name} is not as it was: see scripts/bundle.mjs`)
  writePart(bin, `part-${file}.cjs`, made)
  writeFileSync(
    join(bin, `${file}.cjs`),
    `const { version } = require('${name}/package.json')
module.exports = version === '${version}' ? require('./part-${file}.cjs') : require('${name}')
`,
  )
}

/** Writes a part for the loader of parts, which lends it `__import` in the place of `import`. */
function writePart(bin, name, code) {
  const places = importsIn(parseAst(code, { lang: 'js', sourceType: 'script' }))
  let made = ''
  let end = 0
  for (const at of places.sort((one, other) => one - other)) {
    made += `${code.slice(end, at)}__import`
    end = at + 'import'.length
  }
  writeFileSync(join(bin, name), made + code.slice(end))
}

/** Where `import(…)` stands in a tree of syntax. */
function importsIn(node) {
  if (typeof node !== 'object' || node === null) return []
  const own = node.type === 'ImportExpression' ? [node.start] : []
  return [...own, ...Object.values(node).flatMap(importsIn)]
}

export async function bundleCommandLine(dist) {
  const bundle = await rolldown({
    input: {
      hob: join(dist, 'cli/main.js'),
      'heartbeat-thread': join(dist, 'heartbeat-program.js'),
      'rule-thread': join(dist, 'rule/run/rule-thread.js'),
      'modules-thread': join(dist, 'rule/daemon/modules-thread.js'),
    },
    platform: 'node',
    external: ['@duckdb/node-api', 'papaparse', 'pg', 'ioredis'],
    plugins: [heartbeatIsBesideIt, commanderStartsNothing, rulesTakePackagesAsTheyAre, rulesBringTheLibrary(dist)],
    // A module that is loaded late in some places and at once in others: in one file it makes no difference.
    checks: { ineffectiveDynamicImport: false },
  })
  const { output } = await bundle.generate({
    format: 'cjs',
    // White space and comments are a third of what Node has to read; names stay, for the stack of an error.
    minify: { compress: false, mangle: false, codegen: true },
    codeSplitting: { groups: [{ name: 'base', test: IN_BASE }] },
    entryFileNames: 'part-[name]-entry.cjs',
    chunkFileNames: 'part-[name].cjs',
  })
  const bin = join(dist, 'bin')
  mkdirSync(bin)
  for (const { fileName, code } of output) writePart(bin, fileName, code.replace(SHEBANG, ''))
  cpSync(new URL('./part-loader.cjs', import.meta.url), join(bin, 'part-loader.cjs'))
  for (const { name, code } of output.filter((chunk) => chunk.isEntry)) {
    const [shebang = ''] = SHEBANG.exec(code) ?? []
    writeFileSync(join(bin, `${name}.cjs`), `${shebang}require('./part-loader.cjs')('part-${name}-entry.cjs')\n`)
  }
  chmodSync(join(bin, 'hob.cjs'), 0o755)
  for (const each of PACKAGES) await bundlePackage(bin, each)
}
