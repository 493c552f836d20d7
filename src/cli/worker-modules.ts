import { extname } from 'node:path'
import { HobError } from '../core/errors.js'
import { isWorkerDefinition, type WorkerDefinition } from '../queue/worker-definition.js'
import { importModule, MODULE_EXTENSIONS, moduleFault } from '../rule/import-module.js'
import { CliError } from './cli-error.js'
import { inputFile } from './input-file.js'
import type { Library } from './library.js'
import { whileLoading } from './module-loading.js'
import { visible } from './print/visible.js'
import type { Terminal } from './terminal.js'

/** A worker, and where it was found. */
export interface FoundWorker {
  readonly worker: WorkerDefinition
  /** As the command line named the file. */
  readonly file: string
  /** The name under which the module exports it. */
  readonly name: string
}

const EXAMPLE = 'It exports them like: export const mailWorker = defineWorker(mail, async (job) => { … })'

/**
 * Loads modules, TypeScript as it is, and finds the workers that they export: as values, in arrays, or as members of the default
 * export. One that two modules export is found once.
 *
 * @throws CliError `failed` for a file that cannot be read or loaded, `usage` for one that exports no worker, and for two workers of
 * one queue.
 */
export async function loadWorkers(
  files: readonly string[],
  { library, terminal }: { readonly library: Library; readonly terminal: Terminal },
): Promise<readonly FoundWorker[]> {
  for (const file of files) await checkFile(file, terminal)
  const found: FoundWorker[] = []
  for (const file of files) {
    const say = (text: string): void => terminal.err.line(`hob: ${visible(text)}`)
    const workers = workersOf(await loadModule(file, library, say))
    if (workers.length === 0) throw new CliError('usage', `${file} exports no worker`, { hint: EXAMPLE })
    for (const { name, worker } of workers) {
      const other = found.find((each) => each.worker.queue === worker.queue)
      if (other?.worker === worker) continue
      if (other !== undefined) throw twoWorkers(other, { file, name, worker })
      found.push({ file, name, worker })
    }
  }
  return found
}

async function checkFile(file: string, terminal: Terminal): Promise<void> {
  await inputFile(file, terminal)
  if (MODULE_EXTENSIONS.includes(extname(file))) return
  throw new CliError('usage', `${file} is no module`, {
    hint: `The name of a module ends with ${MODULE_EXTENSIONS.join(', ')}.`,
  })
}

async function loadModule(file: string, library: Library, say: (text: string) => void): Promise<object> {
  try {
    return await whileLoading(file, () => importModule(file, library), say)
  } catch (cause) {
    throw loadError(file, cause)
  }
}

function loadError(file: string, cause: unknown): CliError {
  const { place = file, message, isSyntax } = moduleFault(cause)
  if (isSyntax) return new CliError('failed', `${place}: ${message}`, { hint: 'Nothing was started.', cause })
  const hint = cause instanceof HobError && cause.hint ? cause.hint : '--debug shows the stack. Nothing was started.'
  return new CliError('failed', `${place}: it threw while it was loaded: ${message}`, { hint, cause })
}

function workersOf(module: object): readonly Omit<FoundWorker, 'file'>[] {
  const entries = Object.entries(module).flatMap(([name, value]: [string, unknown]) => {
    const isBag = Array.isArray(value) || (name === 'default' && typeof value === 'object' && value !== null)
    if (!isBag || isWorkerDefinition(value)) return [[name, value] as const]
    return Object.entries(value as object).map(([inner, each]) => [`${name}.${inner}`, each as unknown] as const)
  })
  return entries.flatMap(([name, worker]) => (isWorkerDefinition(worker) ? [{ name, worker }] : []))
}

function twoWorkers(one: FoundWorker, other: FoundWorker): CliError {
  const where = ({ file, name }: FoundWorker) => `${name} of ${file}`
  return new CliError('usage', `queue '${one.worker.queue}' has two workers: ${where(one)} and ${where(other)}`, {
    hint: 'Each job would be done by either of them. Leave one out, or give them different queues.',
  })
}
