import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { isAbsolute, join, resolve } from 'node:path'
import { Duck } from '../rule/result/duck.js'
import type { RunOutcome, RunRequest } from '../rule/run/run-request.js'
import { CliError } from './cli-error.js'
import type { Invocation } from './command.js'
import { EXIT_OK } from './exit-codes.js'
import { loadLibrary } from './library.js'
import { plural } from './print/number.js'
import { visible } from './print/visible.js'
import { runLine, troubleLines } from './rule-account.js'
import { RuleGround } from './rule-ground.js'
import { loadRule, type NamedRule } from './rule-module.js'
import { type ResultPlace, resultPlace, writeResults } from './rule-output.js'
import { parametersOf } from './rule-parameters.js'
import { tellQuery, waitingOf } from './rule-query.js'
import type { RunOptions } from './rule-run-options.js'
import { type Sources, sourcesOf } from './rule-sources.js'
import { keepStandardInput } from './rule-standard-input.js'
import { RunWatch } from './rule-watch.js'
import { namedRules } from './rules-option.js'
import { scratchFolder } from './scratch-folder.js'
import type { Terminal } from './terminal.js'
import { writeWhole } from './whole-file.js'

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
  terminal.endProcess?.(AFTERLIFE_MS)
  const watch = new RunWatch(terminal.err, { bar: options.bar, log: globals.debug, quiet: options.quiet })
  watch.begin('load')
  const library = await loadLibrary()
  const rule = await loadRule(name, namedRules(options.rules, terminal.env), { library, terminal })
  const params = await parametersOf(options)
  const named = [...more, ...options.sourceUrls]
  await using ground = new RuleGround(library, invocation)
  const resume = await resumeOf(options, ground)
  const asked = { ...options, sourceTags: options.sourceTags.flat(), files: named, params, terminal }
  const sources =
    resume === undefined ? await sourcesOf(rule, asked, async () => (await ground.kitchen()).parts.broker) : NONE
  if (options.justQuery) {
    tellQuery(rule, { sources, params, json: globals.json, out: terminal.out })
    return EXIT_OK
  }
  if (resume === undefined) checkEnough(rule, sources, { isForced: options.force, hasInput: named.includes('-') })
  await using input = named.includes('-') ? await keepStandardInput(terminal, signal) : null
  const files = [...sources.files, ...(input === null ? [] : [input.path])]
  const needsKitchen = sources.blobs.length > 0 || options.resultTag !== undefined
  await using outcome = await library.runImmediately({
    address: rule.address,
    ...(rule.keyset !== null && { keyset: rule.keyset }),
    blobs: sources.blobs,
    files,
    params,
    memoryBytes: options.memoryBytes,
    ...(options.threads !== undefined && { threads: options.threads }),
    ...(needsKitchen && { kitchen: await ground.kitchen({ create: true }), store: await ground.store() }),
    ...(options.save && { save: true }),
    ...(options.resultTag !== undefined && { resultTag: options.resultTag }),
    ...(resume !== undefined && { resume }),
    onProgress: watch.onProgress,
    signal,
  })
  watch.begin('write')
  const delivered = await deliver(outcome, { options, place, terminal, signal })
  watch.end()
  tell(outcome, { options, terminal, watch, delivered })
  return EXIT_OK
}

const NONE: Sources = { tags: [], blobs: [], files: [], bytes: 0 }

/** Of a run that is gone on with, nothing is read but what it kept. */
async function resumeOf(
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
    throw new CliError('failed', `${id} needs ${definition.minBlobs} blobs, and has ${waitingOf(sources)}`, {
      hint: '-f runs it with fewer; -q tells what it would read.',
    })
  }
  if (count + sources.files.length > 0 || hasInput) return
  const tags = sources.tags.flatMap((each) => each.tags)
  if (tags.length === 0) {
    throw new CliError('usage', `${id} names nothing to read`, { hint: `Name files: hob rule run ${id} people.json` })
  }
  throw new CliError('failed', `no blob waits under ${tags.join(', ')}`, {
    hint: 'All of them were archived before. Other tags: -t TAG; files: -u FILE.',
  })
}

interface Delivered {
  readonly files: readonly string[]
  readonly rejected: string | null
}

interface Delivery {
  readonly options: RunOptions
  readonly place: ResultPlace
  readonly terminal: Terminal
  readonly signal: AbortSignal
}

/** Writes the result, unless it went elsewhere and nobody asked for it here; and the rows that were set aside. */
async function deliver(outcome: RunOutcome, { options, place, terminal, signal }: Delivery): Promise<Delivered> {
  const wentElsewhere = outcome.processor !== null || Object.keys(outcome.resultTags).length > 0
  const isAsked = options.format !== undefined || options.output !== undefined
  const files = wentElsewhere && !isAsked ? [] : await write(outcome, { options, place, terminal, signal })
  const { rejected } = options
  if (rejected !== undefined) await writeWhole(rejected, textsOf(outcome.badFiles))
  return { files, rejected: rejected !== undefined && outcome.counters.rowsBad > 0 ? rejected : null }
}

async function write(
  { results }: RunOutcome,
  { options: { memoryBytes }, place, terminal, signal }: Delivery,
): Promise<readonly string[]> {
  await using folder = await scratchFolder(terminal)
  const duck = await Duck.open({ memoryBytes, threads: 1, folder: folder.path })
  try {
    const files = await writeResults(duck, results, place, terminal.out)
    signal.throwIfAborted()
    return files
  } finally {
    await duck.close()
  }
}

async function* textsOf(files: readonly string[]): AsyncGenerator<string> {
  for (const file of files) yield* createReadStream(file, 'utf8') as AsyncIterable<string>
}

/** What was changed elsewhere and what was set aside is told always; the account of a run that went well only to a person. */
function tell(
  outcome: RunOutcome,
  {
    options,
    terminal,
    watch,
    delivered,
  }: { options: RunOptions; terminal: Terminal; watch: RunWatch; delivered: Delivered },
): void {
  if (options.profile) for (const line of watch.profile()) terminal.err.line(line)
  if (options.quiet) return
  const { counters, badRows, ranMs, archived, resultTags, processor, results, folder } = outcome
  const trouble = troubleLines({ counters, badRows, rejected: delivered.rejected })
  if (trouble.length > 0 || terminal.err.isTerminal || options.bar) watch.say(runLine({ counters, ranMs }))
  for (const line of trouble) watch.say(visible(line))
  for (const [tag, count] of Object.entries(resultTags))
    watch.say(`wrote the result to ${plural(count, 'blob')} under ${tag}`)
  if (processor !== null) watch.say(`wrote ${plural(results.length, 'keyset')} to ${visible(processor)}`)
  for (const [tag, count] of Object.entries(archived)) watch.say(`archived ${plural(count, 'blob')} to ${tag}`)
  if (folder !== null) watch.say(`its intermediate files are kept: --process-map ${folder}`)
}
