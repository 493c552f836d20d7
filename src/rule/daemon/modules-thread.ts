import { parentPort } from 'node:worker_threads'
import { loadRules, ownLibrary, type RuleModule } from '../load-module.js'
import { faultOf } from '../run/thread-fault.js'
import type { ThreadFault } from '../run/thread-task.js'
import { type PlainRule, plainRule } from './plain-rule.js'

/** What the thread is asked. */
export type ModulesOrder =
  | { readonly kind: 'load'; readonly file: string }
  /** For the files of a rule whose `sourceUrls` is a function. */
  | { readonly kind: 'urls'; readonly file: string; readonly rule: string }

/** What it answers. */
export type ModulesReply =
  | { readonly ok: true; readonly rules?: readonly PlainRule[]; readonly urls?: readonly string[] }
  | { readonly ok: false; readonly fault: ThreadFault }

const modules = new Map<string, RuleModule>()

const library = ownLibrary()

parentPort?.on('message', async (order: ModulesOrder) => {
  parentPort?.postMessage(await answer(order))
})
void library.then(() => {
  // What a module left running throws is not the fault of the one that loads meanwhile; whoever runs its rules hears of it.
  process.on('uncaughtException', () => {})
  process.on('unhandledRejection', () => {})
  // Orders are heard: what came before takes its time on a busy machine, and is no module's fault.
  parentPort?.postMessage('ready')
})

async function answer(order: ModulesOrder): Promise<ModulesReply> {
  try {
    return order.kind === 'load' ? { ok: true, rules: await load(order.file) } : { ok: true, urls: await urls(order) }
  } catch (error) {
    return { ok: false, fault: faultOf(error, 'rule') }
  }
}

const load = async (file: string): Promise<readonly PlainRule[]> => (await moduleOf(file)).rules.map(plainRule)

/** The thread before this one may have loaded it, and have ended. */
async function moduleOf(file: string): Promise<RuleModule> {
  const module = modules.get(file) ?? (await loadRules(file, await library))
  modules.set(file, module)
  return module
}

async function urls({ file, rule }: ModulesOrder & { kind: 'urls' }): Promise<readonly string[]> {
  const found = (await moduleOf(file)).rules.find(({ name }) => name === rule)
  const own = found?.options.sourceUrls
  const given: unknown = typeof own === 'function' ? await own(found?.params ?? {}) : own
  if (Array.isArray(given) && given.every((each) => typeof each === 'string')) return given
  throw new Error('it gave no list of texts')
}
