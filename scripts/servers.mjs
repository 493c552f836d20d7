// The servers and tools that the tests need, from Debian's packages.
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { findMariadb, findPostgres, findProgram } from '../test/support/servers/programs.mjs'
import { run } from './install.mjs'

const NEEDS = [
  {
    packageName: 'redis-server',
    isThere: () => findProgram('redis-server') !== undefined,
    variable: 'HOB_TEST_REDIS_URL',
    services: ['redis-server'],
  },
  {
    packageName: 'postgresql',
    isThere: () => findPostgres() !== undefined,
    variable: 'HOB_TEST_POSTGRES_URL',
    services: ['postgresql'],
  },
  {
    packageName: 'mariadb-server',
    isThere: () => findMariadb() !== undefined,
    variable: 'HOB_TEST_MARIADB_URL',
    services: ['mariadb'],
  },
  // Where it is missing, the test of several hosts says so and is left out.
  {
    packageName: 'iproute2',
    isThere: () => process.platform !== 'linux' || findProgram('ip') !== undefined,
    services: [],
  },
]

const mayInstall = () => process.getuid?.() === 0 && findProgram('apt-get') !== undefined

/** Installs what is missing where it may; ends this process with a line that says what to install where it may not. */
export function installServers() {
  const missing = NEEDS.filter(({ isThere }) => !isThere())
  if (missing.length === 0) return
  if (mayInstall()) return installPackages(missing)
  const lacking = missing.filter(({ variable }) => variable !== undefined && process.env[variable] === undefined)
  if (lacking.length === 0) return
  const names = lacking.map(({ packageName }) => packageName).join(' ')
  const variables = lacking.map(({ variable }) => variable).join(' and ')
  console.error(
    `The tests need ${names}: install them (Debian: sudo apt-get install ${names}), or name running servers in ${variables}.`,
  )
  process.exit(1)
}

function installPackages(missing) {
  const names = missing.map(({ packageName }) => packageName)
  console.log(`Installing ${names.join(', ')} for the tests …`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  withoutStarting(() => {
    run('apt-get', ['update', '-q'], { env })
    run('apt-get', ['install', '-y', '-q', '--no-install-recommends', '--no-upgrade', ...names], { env })
  })
  const isSystemd = existsSync('/run/systemd/system')
  for (const service of missing.flatMap(({ services }) => services)) {
    // Nor shall it start with the machine: the tests start their own. Where nothing was started, this does nothing.
    if (isSystemd) spawnSync('systemctl', ['disable', '--now', service])
    else spawnSync('service', [service, 'stop'])
  }
}

/** Debian asks this program whether an installed service may be started (invoke-rc.d(8)); 101 says that it may not. */
const POLICY = '/usr/sbin/policy-rc.d'

/** Whoever has a policy already has said what may start; ours is gone afterwards, however that ended. */
function withoutStarting(install) {
  if (existsSync(POLICY)) return install()
  writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  process.once('exit', () => rmSync(POLICY, { force: true }))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1))
  install()
  rmSync(POLICY, { force: true })
}
