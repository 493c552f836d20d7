import { join } from 'node:path'
import { root } from '../../scripts/install.mjs'
import { ENGINES } from '../engines.mjs'
import { versionIn } from '../machine.mjs'
import { needPackage, packageVersion } from '../peers.mjs'
import { runTask, runTaskFilled } from '../programs.mjs'

/** The package of each library under bench/libraries that is a peer; the others are Hob, and bare loops. */
const PACKAGES = {
  bullmq: 'bullmq',
  'bullmq-postgres': 'bullmq',
  'bee-queue': 'bee-queue',
  'graphile-worker': 'graphile-worker',
  'pg-boss': 'pg-boss',
}

/**
 * A side that does a task through one library, on an empty store of one kind.
 *
 * @param {object} what
 * @param {keyof typeof ENGINES} what.engine
 * @param {string} what.library One of bench/libraries.
 * @param {number} [what.share] Of the count: a slow library tells its rate with fewer jobs. 1 unless given.
 * @param {object} [what.settings] The library's tuning.
 * @param {string} what.task One of bench/tasks.
 * @param {boolean} [what.isFilled] Whether the task finds its jobs on the queue.
 */
export function side({ engine, library, share = 1, settings = {}, task, isFilled = false, ...more }) {
  return async ({ folder, count }) => {
    if (PACKAGES[library] !== undefined) needPackage(PACKAGES[library])
    const place = await ENGINES[engine].open({ folder })
    const fewer = Math.ceil(count * share)
    const run = isFilled ? runTaskFilled : runTask
    return run(task, { folder, ...place, count: fewer, library, settings, ...more })
  }
}

/** Of the server and of the peers, for the report. */
export async function versionsOf(engine, libraries) {
  const names = [...new Set(libraries.map((library) => PACKAGES[library]).filter((name) => name !== undefined))]
  const client = engine === 'postgres' ? 'pg' : 'ioredis'
  const versions = names.map((name) => `${name} ${packageVersion(name)}`)
  if (engine !== 'sqlite') versions.push(`${client} ${versionIn(join(root, 'node_modules', client))}`)
  return [await ENGINES[engine].describe(), ...versions].join(', ')
}
