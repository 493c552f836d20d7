// `npm test`: installs packages and servers, builds, and checks everything. `npm run test:unit` runs the quick part, which needs
// no server.
import { join } from 'node:path'
import { build, install, root, run } from './install.mjs'
import { installServers } from './servers.mjs'

const isUnit = process.argv[2] === 'unit'
const bin = (name) => join(root, 'node_modules/.bin', name)

install()
if (!isUnit) installServers()
build()
if (!isUnit) {
  run(bin('biome'), ['check', '.'])
  run(bin('tsc'), ['-p', 'test/tsconfig.json'])
}
run(bin('vitest'), ['run', ...(isUnit ? ['--project', 'unit'] : []), ...process.argv.slice(isUnit ? 3 : 2)])
