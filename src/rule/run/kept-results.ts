import { copyFile, link, mkdir, mkdtemp, readdir, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { RuleError } from '../../core/errors.js'
import { fromHere } from '../import-module.js'
import type { ResultFile } from '../result-file.js'
import type { AttemptFolder } from './run-folder.js'

/** Result files of a run that a person reads, in a folder of their own: that of the run goes when the run ends. */
export interface KeptResults {
  readonly folder: string
  readonly results: readonly ResultFile[]
  readonly badFiles: readonly string[]
}

/** Gives the files of a run a second name in a temporary folder, or copies them there. */
export async function keepResults(results: readonly ResultFile[], badFiles: readonly string[]): Promise<KeptResults> {
  const folder = await mkdtemp(join(tmpdir(), 'hob-results-'))
  const keep = async (file: string, at: number): Promise<string> => {
    const name = join(folder, `${at}-${basename(file)}`)
    await linkOrCopy(file, name)
    return name
  }
  return {
    folder,
    results: await Promise.all(results.map(async (each, at) => ({ ...each, file: await keep(each.file, at) }))),
    badFiles: await Promise.all(badFiles.map((file, at) => keep(file, results.length + at))),
  }
}

/** A file stays what it is when one of its names goes; on another file system it must be copied. */
export async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to))
}

/**
 * Puts what an earlier run kept into the folder of a new one: its map tasks, or its results too.
 *
 * @param kept The folder of the earlier run.
 * @throws RuleError `input`: there is none, or it has not come so far.
 */
export async function resumeFrom(kept: string, from: 'map' | 'results', into: AttemptFolder): Promise<void> {
  const attempt = await newestAttempt(kept)
  const names = await readdir(attempt)
  const wanted = names.filter((name) => isWanted(name, from))
  if (!wanted.includes('plan') || (from === 'results' && !wanted.includes('result'))) {
    throw new RuleError(
      'input',
      `the run in ${fromHere(kept)} did not come as far as its ${from === 'map' ? 'plan' : 'results'}`,
    )
  }
  for (const name of wanted) {
    await mkdir(join(into.path, name), { recursive: true })
    for (const file of await readdir(join(attempt, name))) {
      await linkOrCopy(join(attempt, name, file), join(into.path, name, file))
    }
  }
}

/** Outputs of tasks that stand: their names have no `.`. Of the rules that feed the run's, all. */
function isWanted(name: string, from: 'map' | 'results'): boolean {
  if (name.includes('.') || name === 'summary' || name.endsWith('ruleInit') || name.endsWith('ruleCleanup'))
    return false
  return from === 'results' || name.includes('~') || !/^(reduce-\d+|result)$/.test(name)
}

async function newestAttempt(kept: string): Promise<string> {
  const names = await readdir(kept).catch((cause) => {
    throw new RuleError('input', `there is no kept run in ${fromHere(kept)}`, {
      hint: 'A rule keeps the files of its runs with save: true.',
      cause,
    })
  })
  let newest: { readonly path: string; readonly ms: number } | undefined
  for (const name of names) {
    const path = join(kept, name)
    const plan = await stat(join(path, 'plan')).catch(() => undefined)
    if (plan !== undefined && plan.mtimeMs > (newest?.ms ?? 0)) newest = { path, ms: plan.mtimeMs }
  }
  if (newest !== undefined) return newest.path
  throw new RuleError('input', `the run in ${fromHere(kept)} did not come as far as its plan`)
}
