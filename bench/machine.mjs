import { spawnSync } from 'node:child_process'
import { readFileSync, statfsSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { root } from '../scripts/install.mjs'

const TMPFS = 0x01021994

/** What the figures were measured on and with. */
export function describeMachine(folder) {
  const facts = {
    cores: cpus().length,
    processor: cpus()[0]?.model ?? 'unknown processor',
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    hob: `${versionIn(root)} ${commit()}`.trim(),
    betterSqlite3: versionIn(join(root, 'node_modules/better-sqlite3')),
    sqlite: sqliteVersion(),
    load: loadavg().map((load) => Number(load.toFixed(2))),
    isTmpfs: statfsSync(folder).type === TMPFS,
  }
  const lines = [
    `${facts.cores} cores (${facts.processor}), ${facts.memoryGb} GB, Linux ${facts.kernel}, Node ${facts.node}, load ${facts.load.join(' ')}`,
    `Hob ${facts.hob}, better-sqlite3 ${facts.betterSqlite3}, SQLite ${facts.sqlite}`,
  ]
  if (facts.isTmpfs) lines.push('Careful: the checkout is in memory (tmpfs), where a commit costs nothing.')
  return { facts, lines }
}

export const versionIn = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version

function commit() {
  const { status, stdout } = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' })
  return status === 0 ? stdout.trim() : ''
}

function sqliteVersion() {
  const database = new Sqlite(':memory:')
  try {
    return database.prepare('SELECT sqlite_version()').pluck().get()
  } finally {
    database.close()
  }
}
