// Makes few files of the command line: to find and load its eighty modules one by one took as long as starting Node.
// Everything else in dist/ stays as TypeScript wrote it, for the library and the tests.
import { writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { rolldown } from 'rolldown'

/** What a quick command such as `status` needs is one file; what only a long one needs (deliver, load) is others. */
const IN_BASE =
  /node_modules\/commander|\/dist\/(core|broker\/[^/]*\.js|broker\/sqlite|engines\.js|queue\/presence|cli\/(run|program|parse|command|option|global|exit|kitchen-url|terminal|status|queues|version|cli-error|print))/

export async function bundleCommandLine(dist) {
  const file = join(dist, 'cli/program.js')
  const bundle = await rolldown({
    input: file,
    platform: 'node',
    external: ['papaparse', 'pg', 'ioredis'],
    // A module that is loaded late in some places and at once in others: in one file it makes no difference.
    checks: { ineffectiveDynamicImport: false },
  })
  const { output } = await bundle.generate({
    format: 'esm',
    // White space and comments are a third of what Node has to read; names stay, for the stack of an error.
    minify: { compress: false, mangle: false, codegen: true },
    codeSplitting: { groups: [{ name: 'base', test: IN_BASE }] },
    entryFileNames: 'program.js',
    chunkFileNames: 'part-[name].js',
  })
  for (const { fileName, code } of output) writeFileSync(join(dist, 'cli', basename(fileName)), code)
  // The bundle looks for these beside itself: the heartbeat's thread, and what it opens the kitchen with.
  writeFileSync(join(dist, 'cli/heartbeat-thread.js'), "import '../queue/heartbeat-thread.js'\n")
  writeFileSync(join(dist, 'cli/engines.js'), "export { openBroker } from '../engines.js'\n")
}
