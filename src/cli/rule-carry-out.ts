import { isAbsolute, join, resolve } from 'node:path'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { Duck } from '../rule/result/duck.js'
import type { RunOutcome, RunRequest } from '../rule/run/run-request.js'
import { CliError } from './cli-error.js'
import type { Invocation } from './command.js'
import { EXIT_OK } from './exit-codes.js'
import { type Library, loadLibrary } from './library.js'
import { runLine, troubleLines } from './rule-account.js'
import { RuleGround } from './rule-ground.js'
import { loadRule, type NamedRule } from './rule-module.js'
import { type ResultPlace, resultPlace, writeResults } from './rule-output.js'
import { parametersOf } from './rule-parameters.js'
import { tellQuery } from './rule-query.js'
import type { RunOptions } from './rule-run-options.js'
import { type Sources, sourcesOf } from './rule-sources.js'
import { keepStandardInput } from './rule-standard-input.js'
import { RunWatch } from './rule-watch.js'
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
  const { args, options, globals, terminal, kitchenUrl } = invocation
  const [name = '', ...more] = args
  const place = resultPlace(options, globals.json)
  terminal.endProcess?.(AFTERLIFE_MS)
  const watch = new RunWatch(terminal.err, { bar: options.bar, log: globals.debug, quiet: options.quiet })
  watch.begin('load')
  const library = await loadLibrary()
  const rule = await loadRule(name, options.rules, { library, terminal })
  const params = await parametersOf(options)
  const named = [...more, ...options.sourceUrls]
  await using ground = new RuleGround(library, { kitchenUrl, store: options.store, env: terminal.env })
  const resume = await resumeOf(options, ground)
  const sources = resume === undefined ? await read(rule, { ...options, params, terminal, files: named }, ground) : NONE
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
  const wrote = await deliver(outcome, { options, place, terminal, signal })
  watch.end()
  await tell(outcome, { options, terminal, watch, wrote })
  return EXIT_OK
}

const NONE: Sources = { tags: [], blobs: [], files: [], bytes: 0 }

function read(
  rule: NamedRule,
  options: Parameters<typeof sourcesOf>[1] & Pick<RunOptions, 'sourceTags'>,
  ground: RuleGround,
): Promise<Sources> {
  return sourcesOf(rule, options, async () => (await ground.kitchen()).parts.broker)
}
