// Makes dist/bin/, the command line in few CommonJS files: to find and load its eighty modules one by one took as long as
// starting Node, and the loader of ES modules adds 10 ms to that (docs/decisions/0008). The rest of dist/ stays as
// TypeScript wrote it, for the library and the tests.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { rolldown } from 'rolldown'

/** What a quick command such as `status` needs is one file; what only a long one needs (deliver, load) is others. */
const IN_BASE =
  /node_modules\/commander|\/dist\/(core|broker\/[^/]*\.js|broker\/sqlite|engines\.js|queue\/(presence|all-records)|cli\/(run|program|parse|command|option|global|exit-status|kitchen-url|terminal|status|queues|cli-error|print\/(?!confirm)))/

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
      id: /\/dist\/rule\/(load-module|groups\/scan-program|result\/duck|map\/(balanced-lines|row-scan)|run\/start-thread|daemon\/thread-modules)\.js$/,
    },
    handler: (code) =>
      code
        .replace('import(LIBRARY_URL)', `import(${JSON.stringify(join(dist, 'index.js'))})`)
        .replace("'./scan.wasm'", "'../rule/groups/scan.wasm'")
        .replace("'./quotes.wasm'", "'../rule/map/quotes.wasm'")
        .replace("'./rows.wasm'", "'../rule/map/rows.wasm'")
        .replace(
          "createRequire(import.meta.url)('@duckdb/node-api')",
          "createRequire(import.meta.url)('./duckdb-api.cjs')",
        )
        .replace("'../../bin/", "'./"),
  },
})

/** What warehouses and notices need stays a package of its own, which finds its binary parts and may not be installed. */
const rulesTakePackagesAsTheyAre = {
  name: 'rules-take-packages-as-they-are',
  resolveId: {
    filter: { id: /^(better-sqlite3|mysql2\/promise|nodemailer)$/ },
    handler: (id, importer) => (importer?.includes('/dist/rule/') ? { id, external: true } : null),
  },
}

/**
 * The JavaScript of DuckDB's package is a hundred and twenty modules, which took 45 ms in each thread of a rule, and takes 25 as one. Where
 * another version of it is installed than that of the build, that one is taken as it is.
 */
async function bundleDuckdb(bin) {
  const { resolve } = createRequire(import.meta.url)
  const { version } = createRequire(import.meta.url)('@duckdb/node-api/package.json')
  const bundle = await rolldown({
    input: resolve('@duckdb/node-api'),
    platform: 'node',
    external: ['@duckdb/node-bindings'],
  })
  const { output } = await bundle.generate({
    format: 'cjs',
    minify: { compress: false, mangle: false, codegen: true },
  })
  const [{ code }] = output
  // Its compiled part is a package that is found from where it stands itself.
  const bindings = `require(require('node:module').createRequire(require.resolve('@duckdb/node-api')).resolve('@duckdb/node-bindings'))`
  const bound = code.replaceAll(/require\((['"`])@duckdb\/node-bindings\1\)/g, bindings)
  if (output.length !== 1 || bound === code)
    throw new Error('@duckdb/node-api is not as it was: see scripts/bundle.mjs')
  writeFileSync(join(bin, 'part-duckdb-api.cjs'), bound)
  writeFileSync(
    join(bin, 'duckdb-api.cjs'),
    `const { version } = require('@duckdb/node-api/package.json')
module.exports = version === '${version}' ? require('./part-duckdb-api.cjs') : require('@duckdb/node-api')
`,
  )
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
    external: ['@duckdb/node-api', 'papaparse', 'pg', 'ioredis', 'jiti'],
    plugins: [heartbeatIsBesideIt, commanderStartsNothing, rulesTakePackagesAsTheyAre, rulesBringTheLibrary(dist)],
    // A module that is loaded late in some places and at once in others: in one file it makes no difference.
    checks: { ineffectiveDynamicImport: false },
  })
  const { output } = await bundle.generate({
    format: 'cjs',
    // White space and comments are a third of what Node has to read; names stay, for the stack of an error.
    minify: { compress: false, mangle: false, codegen: true },
    codeSplitting: { groups: [{ name: 'base', test: IN_BASE }] },
    entryFileNames: '[name].cjs',
    chunkFileNames: 'part-[name].cjs',
  })
  const bin = join(dist, 'bin')
  mkdirSync(bin)
  for (const { fileName, code } of output) writeFileSync(join(bin, fileName), code)
  chmodSync(join(bin, 'hob.cjs'), 0o755)
  await bundleDuckdb(bin)
}
