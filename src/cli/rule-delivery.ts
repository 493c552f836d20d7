import { createReadStream } from 'node:fs'
import { availableParallelism } from 'node:os'
import { createInterface } from 'node:readline/promises'
import { plural } from '../core/count.js'
import { REJECTED_PREFIX } from '../rule/archive-tag.js'
import { Duck } from '../rule/result/duck.js'
import { sendFile, writeResult } from '../rule/result/write-result.js'
import type { RunOutcome } from '../rule/run/run-request.js'
import { approximateLines, engineLines } from './engine-words.js'
import type { InputName } from './input-name.js'
import { visible } from './print/visible.js'
import { runLine, troubleLines } from './rule-account.js'
import { type ResultPlace, writeResults } from './rule-output.js'
import type { RunOptions } from './rule-run-options.js'
import type { RunWatch } from './rule-watch.js'
import { type ScratchFolder, scratchFolder } from './scratch-folder.js'
import type { Terminal } from './terminal.js'
import { writeWhole } from './whole-file.js'

/** What was written, and where the rows are that were set aside. */
export interface Delivered {
  readonly files: readonly string[]
  readonly rejected: string | null
}

/** What a delivery goes by. */
export interface Delivery {
  readonly options: RunOptions
  readonly place: ResultPlace
  readonly terminal: Terminal
  readonly signal: AbortSignal
  readonly inputName: InputName
}

/** Writes the result, unless it went elsewhere and nobody asked for it here; and the rows that were set aside. */
export async function deliver(outcome: RunOutcome, delivery: Delivery): Promise<Delivered> {
  const { options, inputName } = delivery
  const { rejects, made } = tagsOf(outcome)
  const wentElsewhere = outcome.processor !== null || made.length > 0
  const isAsked = options.format !== undefined || options.output !== undefined
  const files = wentElsewhere && !isAsked ? [] : await write(outcome, delivery)
  const { rejected } = options
  if (rejected !== undefined) await writeWhole(rejected, textsOf(outcome.badFiles, inputName))
  const places = [...(rejected === undefined ? [] : [rejected]), ...rejects.map(([tag]) => tag)]
  return { files, rejected: outcome.counters.rowsBad > 0 && places.length > 0 ? places.join(', ') : null }
}

/** Tags that a run wrote: those of rows that were set aside, and those of its result. */
function tagsOf({ resultTags }: RunOutcome) {
  const tags = Object.entries(resultTags)
  const isRejects = ([tag]: readonly [string, number]): boolean => tag.startsWith(`${REJECTED_PREFIX}:`)
  return { rejects: tags.filter(isRejects), made: tags.filter((tag) => !isRejects(tag)) }
}

async function write(
  { results, texts }: RunOutcome,
  { options, place, terminal, signal }: Delivery,
): Promise<readonly string[]> {
  await using reader = new LazyDuck(options, terminal)
  const files = await writeResults(
    async (result, format, out) => {
      const text = format === place.format ? texts.get(result.keyset) : undefined
      if (text !== undefined && typeof out !== 'string') await sendFile(text, out)
      else await writeResult(await reader.duck(), result, format, out)
    },
    results,
    place,
    terminal.out,
  )
  signal.throwIfAborted()
  return files
}

/** A DuckDB that is opened when it is needed, which for a small result it is not. */
class LazyDuck implements AsyncDisposable {
  readonly #options: Pick<RunOptions, 'memoryBytes' | 'threads'>
  readonly #terminal: Terminal
  #folder: ScratchFolder | null = null
  #duck: Duck | null = null

  constructor(options: Pick<RunOptions, 'memoryBytes' | 'threads'>, terminal: Terminal) {
    this.#options = options
    this.#terminal = terminal
  }

  async duck(): Promise<Duck> {
    this.#folder ??= await scratchFolder(this.#terminal)
    const { memoryBytes, threads = availableParallelism() } = this.#options
    this.#duck ??= await Duck.open({ memoryBytes, threads, folder: this.#folder.path })
    return this.#duck
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#duck?.close()
    await this.#folder?.[Symbol.asyncDispose]()
  }
}

async function* textsOf(files: readonly string[], inputName: InputName): AsyncGenerator<string> {
  for (const file of files) {
    for await (const line of createInterface({ input: createReadStream(file) })) yield `${inputName.in(line)}\n`
  }
}

/** What is told, and to whom. */
export interface TellOptions extends Omit<Delivery, 'place' | 'signal'> {
  readonly watch: RunWatch
  readonly delivered: Delivered
}

/** What was changed elsewhere and what was set aside is told always; the account of a run that went well only to a person. */
export function tellRun(outcome: RunOutcome, { delivered, watch, ...delivery }: TellOptions): void {
  const { options, terminal, inputName } = delivery
  if (options.profile) {
    for (const line of [...watch.profile(), ...engineLines(outcome.engines)]) terminal.err.line(visible(line))
  }
  if (options.quiet) return
  const { counters, badRows, ranMs, archived, processor, results, folder } = outcome
  const trouble = troubleLines({ counters, badRows, rejected: delivered.rejected })
  if (trouble.length > 0 || terminal.err.isTerminal || options.bar) watch.say(runLine({ counters, ranMs }))
  for (const line of approximateLines(outcome.approximate)) watch.say(visible(line))
  for (const line of trouble) watch.say(visible(inputName.in(line)))
  for (const [tag, count] of tagsOf(outcome).made)
    watch.say(`wrote the result to ${plural(count, 'blob')} under ${tag}`)
  if (processor !== null) watch.say(`wrote ${plural(results.length, 'keyset')} to ${visible(processor)}`)
  for (const [tag, count] of Object.entries(archived)) watch.say(`archived ${plural(count, 'blob')} to ${tag}`)
  if (folder !== null) watch.say(`its intermediate files are kept: --process-map ${folder}`)
}
