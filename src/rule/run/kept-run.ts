import { mkdir, readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { RuleError } from '../../core/errors.js'
import { fromHere } from '../import-module.js'
import { keptFault } from '../kept/kept-fault.js'
import { keptIn } from '../kept/kept-parquet.js'
import { linkOrCopy } from '../link-or-copy.js'
import type { Params } from '../rule.js'
import { AttemptFolder } from './run-folder.js'
import type { RunRequest } from './run-request.js'
import { KEPT, type KeptTasks, type StagePlan } from './stage-plan.js'
import type { MapAnswer, MapSeen, RuleFacts } from './thread-task.js'

/** Where a run goes on that goes on from another: at its groups, its map tasks, its result. */
type KeptWay = 'groups' | 'map' | 'results'

/** The run that goes on. */
export interface KeptFor {
  readonly facts: RuleFacts
  readonly keyset: string | null
  readonly params: Params
}

/** What an earlier run kept, as far as another goes on from it. */
export class KeptRun {
  readonly #folder: AttemptFolder
  readonly #made: Made
  readonly #way: KeptWay

  private constructor(folder: AttemptFolder, made: Made, way: KeptWay) {
    this.#folder = folder
    this.#made = made
    this.#way = way
  }

  /**
   * Opens it for a run that wants to go on behind its map, or with its results. Behind the map it goes on where nothing was changed since, at what
   * the map tasks made; else at their groups. Of a map by rows only what can be seen is compared.
   *
   * @throws RuleError `input`: there is none, it has not come so far, or what it kept is not what a run over the input would come to.
   */
  static async open({ folder: path, from }: NonNullable<RunRequest['resume']>, whose: KeptFor): Promise<KeptRun> {
    const folder = new AttemptFolder(await newestAttempt(path))
    const [plan, results] = await Promise.all([folder.made<StagePlan>('plan'), folder.made<unknown>('result')])
    if (plan === undefined || (from === 'results' && results === undefined)) {
      const what = from === 'map' ? 'plan' : 'results'
      throw new RuleError('input', `the run in ${fromHere(path)} did not come as far as its ${what}`)
    }
    const maps = await Promise.all(plan.tasks.map((_, at) => folder.made<MapAnswer>(`map-${at}`)))
    const made = { run: basename(path), plan, maps: maps.filter((map) => map !== undefined) }
    return new KeptRun(folder, made, from === 'results' ? from : wayBehindMap(made, whose))
  }

  /** Puts what it kept into the folder of a run that goes on from it. */
  async putInto(into: AttemptFolder): Promise<void> {
    const { run, maps } = this.#made
    for (const name of await readdir(this.#folder.path)) {
      if (!isWanted(name, this.#way)) continue
      await mkdir(join(into.path, name), { recursive: true })
      for (const file of await readdir(join(this.#folder.path, name))) {
        await linkOrCopy(join(this.#folder.path, name, file), join(into.path, name, file))
      }
    }
    if (this.#way !== 'groups') return
    await into.make<KeptTasks>(KEPT, async (path) => ({
      run,
      tasks: await Promise.all(maps.flatMap(({ kept }, at) => (kept ? keptIn(path, kept, `m${at}`) : []))),
    }))
  }
}

interface Made {
  /** Its id. */
  readonly run: string
  readonly plan: StagePlan
  /** Those that ended. */
  readonly maps: readonly MapAnswer[]
}

function wayBehindMap(made: Made, { facts, keyset, params }: KeptFor): KeptWay {
  const { facts: then, keyset: only, params: given } = made.plan
  const other = isDeepStrictEqual(given, params) && only === keyset ? null : 'the parameters or the keyset'
  if (other === null && then.version === facts.version) return 'map'
  // What an older version kept is taken as it is.
  if (then.mapSeen === undefined || facts.mapSeen === undefined) return 'map'
  if (then.mapSeen.input !== facts.mapSeen.input) throw keptFault('its input is read in another way')
  const reason = noGroups(made)
  if (reason === null) return 'groups'
  const changed = other ?? changedOf(then.mapSeen, facts.mapSeen)
  if (changed === null) return 'map'
  throw keptFault(`${changed} were changed, and it kept no groups, since ${reason}`)
}

/** Why groups of some records were not kept; null: all were. */
function noGroups({ plan: { tasks, verdict, keepsGroups }, maps }: Made): string | null {
  if (maps.length < tasks.length) return 'its map did not end'
  if (keepsGroups !== true) return 'it was not run with save'
  if (verdict?.engine === 'rows') return `it went by rows (${verdict.reason})`
  const without = maps.find(({ kept }) => !kept)
  if (without === undefined) return null
  return `some records went by rows (${without.path?.reason || 'their Parquet has columns that are not grouped'})`
}

/** What is another than it was, as far as that can be seen; null: nothing. */
function changedOf(then: MapSeen, now: MapSeen): string | null {
  if (then.functions !== now.functions) return 'functions of its map'
  return then.keysets === now.keysets ? null : 'its keysets'
}

/** Outputs of tasks that stand: their names have no `.`. Of the rules that feed the run's, all. */
function isWanted(name: string, way: KeptWay): boolean {
  if (name.includes('.') || name === 'summary' || name.endsWith('ruleInit') || name.endsWith('ruleCleanup'))
    return false
  if (name.includes('~') || way === 'results') return true
  return way === 'map' && (['plan', 'sourceUrls', KEPT].includes(name) || name.startsWith('map-'))
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
