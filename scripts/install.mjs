// Installs the packages that package-lock.json names, unless they stand already.
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Runs a command in the project's folder, its output shown; ends this process with its status when it fails. */
export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options })
  if (status === 0) return
  console.error(`${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}`)
  process.exit(status ?? 1)
}

export function install() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 11)) {
    console.error(`Hob needs Node 20.11 or newer; this is ${process.version}.`)
    process.exit(1)
  }
  const stamp = join(root, 'node_modules/.package-lock.json')
  const isFresh = existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs
  if (isFresh) return
  console.log('Installing packages (better-sqlite3 is compiled where no binary can be had: a minute or two) …')
  run('npm', ['ci', '--no-audit', '--no-fund'])
}

export function build() {
  run(process.execPath, [join(root, 'scripts/build.mjs')])
}
