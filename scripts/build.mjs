// Builds dist/: statements (.sql) become typed modules, then TypeScript becomes JavaScript.
import { spawnSync } from 'node:child_process'
import { chmodSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generateStatements } from './statements.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

generateStatements(join(root, 'src/broker/sqlite'))
rmSync(join(root, 'dist'), { recursive: true, force: true })
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
const { status } = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.json')], { stdio: 'inherit' })
if (status !== 0) process.exit(1)
chmodSync(join(root, 'dist/cli/main.js'), 0o755)
