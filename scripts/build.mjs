// Builds dist/: statements (.sql, .lua) become typed modules, TypeScript becomes JavaScript, the command line becomes one file,
// AssemblyScript becomes WebAssembly. What `hob rule new` writes goes beside them as it is.
import { spawnSync } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleCommandLine } from './bundle.mjs'
import { cacheCode } from './code-cache.mjs'
import { compileScanners } from './scan.mjs'
import { generateStatements } from './statements.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

for (const engine of ['sqlite', 'redis', 'postgres']) generateStatements(join(root, 'src/broker', engine))
rmSync(join(root, 'dist'), { recursive: true, force: true })
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
const { status } = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.json')], { stdio: 'inherit' })
if (status !== 0) process.exit(1)
await compileScanners(join(root, 'dist/rule'))
await bundleCommandLine(join(root, 'dist'))
cpSync(join(root, 'examples/rules'), join(root, 'dist/examples/rules'), { recursive: true })
cacheCode(join(root, 'dist/bin'), join(root, 'examples/rules'))
