import { readdir } from 'node:fs/promises'
import { basename, isAbsolute, join, resolve } from 'node:path'
import { plural } from '../core/count.js'
import { messageOf } from '../core/errors.js'
import { keptRule } from '../rule/kept-rule.js'
import { NOW_QUEUE } from '../rule/run/run-payload.js'
import type { BlobChoice, RunRequest } from '../rule/run/run-request.js'
import type { RunRecord } from '../rule/run-record.js'
import { CliError } from './cli-error.js'
import type { Invocation } from './command.js'
import { EXIT_OK } from './exit-codes.js'
import { InputName } from './input-name.js'
import { loadRuleLibrary } from './library.js'
import { visible } from './print/visible.js'
import { deliver, tellRun } from './rule-delivery.js'
import { RuleGround } from './rule-ground.js'
import { loadRule, type NamedRule } from './rule-module.js'
import { resultPlace } from './rule-output.js'
import { parametersOf } from './rule-parameters.js'
import { tellQuery, waitingOf } from './rule-query.js'
import type { RunOptions } from './rule-run-options.js'
import { type Sources, sourcesOf } from './rule-sources.js'
import { keepStandardInput } from './rule-standard-input.js'
import { RunWatch } from './rule-watch.js'
import { namedRules } from './rules-option.js'

/** What a module left open may hold the process for so long. */
const AFTERLIFE_MS = 1_000

/**
 * Runs the rule that a command line names, writes its result, and tells what there is to tell.
 *
 * @param signal Ends it: nothing is left then.
 */
export async function carryOut(invocation: Invocation<RunOptions>, signal: AbortSignal): Promise<number> {
  const { args, options, globals, terminal } = invocation
  const [name = '', ...more] = args
  const place = resultPlace(options, globals.json)
  const named = [...more, ...options.sourceUrls]
  if (named.filter((each) => each === '-').length > 1) {
    throw new CliError('usage', 'standard input (-) can be read only once')
  }
  terminal.endProcess?.(AFTERLIFE_MS)
  const watch = new RunWatch(terminal.err, { bar: options.bar, log: globals.debug, quiet: options.quiet })
  watch.begin('load')
  const library = await loadRuleLibrary()
  const rule = await loadRule(name, namedRules(options.rules, terminal.env), { library, terminal })
  const params = await parametersOf(options)
  await using ground = new RuleGround(library, invocation)
  const resume = await resumeOf(rule, options, ground)
  const asked = { ...options, sourceTags: options.sourceTags.flat(), files: named, params, terminal }
  const choose = async (): Promise<Chosen> => {
    let version: Promise<number> | undefined
    const sources = await sourcesOf(rule, asked, async () => {
      const { broker } = (await ground.kitchen()).parts
      version ??= keptRule(broker, rule.id).then((kept) => kept.version)
      await version
      return broker
    })
    return { sources, version: (await version) ?? null }
  }
  const { sources, version } = resume === undefined ? await choose() : { sources: NONE, version: null }
  if (options.justQuery) {
    tellQuery(rule, { sources, params, json: globals.json, out: terminal.out })
    return EXIT_OK
  }
  if (options.profile || globals.debug) {
    const { wasmFaults } = await import('../rule/wasm-faults.js')
    for (const fault of wasmFaults()) watch.say(visible(fault))
  }
  const check = (of: Sources): void => checkEnough(rule, of, { isForced: options.force, hasInput: named.includes('-') })
  if (resume === undefined) check(sources)
  const choiceAt = (version: number): BlobChoice => ({
    version,
    again: async () => {
      const chosen = await choose()
      check(chosen.sources)
      return { blobs: chosen.sources.blobs, choice: choiceAt(chosen.version ?? 0) }
    },
  })
  await using input = named.includes('-') ? await keepStandardInput(terminal, signal) : null
  const files = [...sources.files, ...(input === null ? [] : [input.path])]
  const needsKitchen = sources.blobs.length > 0 || options.resultTag !== undefined
  const inputName = new InputName(input?.path ?? null)
  // Of a run of a megabyte or so nothing can be shared, and each thread loads the module anew.
  const threads =
    options.threads ?? (input === null && sources.bytes < SMALL_BYTES && resume === undefined ? 1 : undefined)
  await using outcome = await library
    .runImmediately({
      address: rule.address,
      ...(rule.keyset !== null && { keyset: rule.keyset }),
      blobs: sources.blobs,
      ...(version !== null && { choice: choiceAt(version) }),
      files,
      params,
      memoryBytes: options.memoryBytes,
      ...(threads !== undefined && { threads }),
      ...(needsKitchen && { kitchen: await ground.kitchen({ create: true }), store: await ground.store() }),
      ...(place.format !== 'parquet' && { text: place.format }),
      ...(options.engine !== undefined && { engine: options.engine }),
      ...(options.save && { save: true }),
      ...(options.resultTag !== undefined && { resultTag: options.resultTag }),
      ...(resume !== undefined && { resume }),
      onProgress: watch.onProgress,
      onFault: warner(watch),
      onTakenOver: (record) => {
        if (!options.quiet) watch.say(visible(takenOverText(record)))
      },
      signal,
    })
    .catch((error: unknown) => {
      throw inputName.inError(error)
    })
  watch.begin('write')
  const delivered = await deliver(outcome, { options, place, terminal, signal, inputName })
  watch.end()
  tellRun(outcome, { options, terminal, watch, delivered, inputName })
  return EXIT_OK
}

/** One line for a trouble that lasts; an error tells when it did for too long. */
function warner(watch: RunWatch): (error: unknown) => void {
  let hasWarned = false
  return (error) => {
    if (hasWarned) return
    hasWarned = true
    // One from the heartbeat's thread has lost its class on the way.
    watch.say(`${visible(messageOf(error))}; waiting for it, a minute at the most`)
  }
}

const takenOverText = ({ id, state, queue, counters, error }: RunRecord): string => {
  const what = `${id}, which ${queue === NOW_QUEUE ? 'a process that died had begun' : 'waited to try again'},`
  return state === 'done'
    ? `${what} is done: ${plural(counters?.rowsRead ?? 0, 'row')} read`
    : `${what} is given up: ${error}`
}

interface Chosen {
  readonly sources: Sources
  /** Of the rule's record, before the blobs were chosen; null: none were. */
  readonly version: number | null
}

/** A smaller input is read by one thread. */
const SMALL_BYTES = 1024 * 1024

const NONE: Sources = { tags: [], blobs: [], files: [], fedFiles: [], bytes: 0 }

/** Of a run that is gone on with, nothing is read but what it kept. */
async function resumeOf(
  { id }: NamedRule,
  { processMap, processResults }: RunOptions,
  ground: RuleGround,
): Promise<RunRequest['resume'] | undefined> {
  const run = processResults ?? processMap
  if (run === undefined) return undefined
  if (processMap !== undefined && processResults !== undefined) {
    throw new CliError('usage', '--process-map and --process-results exclude each other')
  }
  const folder = isAbsolute(run) || run.startsWith('.') ? resolve(run) : join((await ground.store()).runsFolder, run)
  const names = await readdir(folder).catch(() => [])
  if (names.length > 0 && !basename(folder).startsWith(`${id}@`)) {
    throw new CliError('usage', `what ${folder} keeps is not of ${id}`, { hint: 'Its name begins with the rule.' })
  }
  if (names.length > 0) return { folder, from: processResults === undefined ? 'map' : 'results' }
  throw new CliError('failed', `no files of a run ${run} are kept`, {
    hint: `Name the folder that hob rule run --save told; looked into ${folder}.`,
  })
}

/** @throws CliError `failed` when a run has nothing to read, or less than it wants. */
function checkEnough(
  { id, definition }: NamedRule,
  sources: Sources,
  { isForced, hasInput }: { readonly isForced: boolean; readonly hasInput: boolean },
): void {
  const count = sources.blobs.length
  if (sources.tags.length > 0 && waitingOf(sources) < definition.minBlobs && !isForced) {
    throw new CliError('failed', `${id} needs ${plural(definition.minBlobs, 'blob')}, and has ${waitingOf(sources)}`, {
      hint: '-f runs it with fewer; -q tells what it would read.',
    })
  }
  if (count + sources.files.length + sources.fedFiles.length > 0 || hasInput) return
  const tags = sources.tags.flatMap((each) => each.tags)
  if (tags.length === 0) {
    throw new CliError('usage', `${id} names nothing to read`, {
      hint: `Name files: hob rule run ${id} people.json; - is standard input.`,
    })
  }
  throw new CliError('failed', `no blob waits under ${tags.join(', ')}`, {
    hint: 'All of them were archived before. Other tags: -t TAG; files: -u FILE; - is standard input.',
  })
}
