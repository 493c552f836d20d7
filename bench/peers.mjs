import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from '../scripts/install.mjs'
import { NotHere } from './benchmark.mjs'
import { versionIn } from './machine.mjs'
import { hasProgram } from './programs.mjs'

const folder = join(root, 'bench/peers')

const placeOf = (name) => join(folder, 'node_modules', name)

/** Installs the peers that are npm packages, as their own lockfile names them, on first use. */
export function needPackage(name) {
  if (existsSync(placeOf(name))) return
  console.log('  Installing the peers that bench/peers/package.json names into bench/peers/node_modules …')
  // Not `npm ci`: it refuses a lockfile without the optional binaries of other platforms, which not every registry has.
  const { status } = spawnSync('npm', ['install', '--no-save', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: 'ignore',
  })
  if (status !== 0) throw new NotHere(`${name} could not be installed: npm install --no-save --prefix bench/peers`)
}

/** Loads an installed peer. */
export function importPeer(name) {
  const { resolve } = createRequire(join(folder, 'package.json'))
  return import(pathToFileURL(resolve(name)).href)
}

/** The version of an installed peer. */
export const packageVersion = (name) => (existsSync(placeOf(name)) ? versionIn(placeOf(name)) : 'not installed')

/** Installs a peer that is a Debian package, when we may. */
export function needDebianPackage(program, name = program) {
  if (hasProgram(program)) return
  const how = `apt-get install ${name}`
  if (process.getuid?.() !== 0 || !hasProgram('apt-get')) throw new NotHere(`It needs ${name}: ${how}`)
  console.log(`  Installing ${name}: ${how} …`)
  const { status } = spawnSync('apt-get', ['install', '-y', name], { stdio: 'ignore' })
  if (status !== 0 || !hasProgram(program)) throw new NotHere(`${name} could not be installed: ${how}`)
}

/** The first version number that a program tells of itself. */
export function versionOf(program) {
  if (!hasProgram(program)) return 'not installed'
  // mawk knows it by another name.
  const { stdout } = spawnSync(program, program === 'mawk' ? ['-W', 'version'] : ['--version'], { encoding: 'utf8' })
  return /\d[\d.]+/.exec(stdout ?? '')?.[0] ?? 'of an unknown version'
}
