// Makes one file of the command line: to find and load its eighty modules one by one took as long as starting Node.
// Everything else in dist/ stays as TypeScript wrote it, for the library and the tests.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'

export async function bundleCommandLine(dist) {
  const file = join(dist, 'cli/program.js')
  const bundle = await rolldown({
    input: file,
    platform: 'node',
    external: ['better-sqlite3', 'papaparse'],
    // A module that is loaded late in some places and at once in others: in one file it makes no difference.
    checks: { ineffectiveDynamicImport: false },
  })
  const { output } = await bundle.generate({ format: 'esm', codeSplitting: false })
  writeFileSync(file, output[0].code)
  // The bundle looks for these beside itself: the heartbeat's thread, and what it opens the kitchen with.
  writeFileSync(join(dist, 'cli/heartbeat-thread.js'), "import '../queue/heartbeat-thread.js'\n")
  writeFileSync(join(dist, 'cli/engines.js'), "export { openBroker } from '../engines.js'\n")
}
