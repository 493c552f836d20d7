import { once } from 'node:events'
import { Worker as Thread } from 'node:worker_threads'
import { RuleError } from '../../core/errors.js'
import type { RuleDefinition } from '../rule.js'
import { errorOf } from '../run/thread-fault.js'
import type { ModulesOrder, ModulesReply } from './modules-thread.js'
import { ruleOfPlain } from './plain-rule.js'
import type { ModuleLoader } from './rules-folder.js'

/** A module that takes longer to load, or a function that takes longer to name its files, never ends. */
const ANSWER_MS_MAX = 10_000

/**
 * Loads modules in a thread of their own, each round in a new one: so they are as their files stand, and one that never ends or
 * ends the process as it is loaded harms nobody else. What it gives of a rule is what a daemon decides by.
 */
export class ThreadModules implements ModuleLoader {
  readonly #answerMs: number
  #thread: Thread | null = null
  /** One order at a time. */
  #last: Promise<unknown> = Promise.resolve()

  constructor({ answerMs = ANSWER_MS_MAX }: { readonly answerMs?: number } = {}) {
    this.#answerMs = answerMs
  }

  forget(): void {
    void this.#thread?.terminate()
    this.#thread = null
  }

  async load(file: string): Promise<readonly RuleDefinition[]> {
    const { rules = [] } = await this.#ask({ kind: 'load', file }, 'its loading')
    return rules.map((rule) => ruleOfPlain(rule, () => this.#urls(file, rule.name)))
  }

  async #urls(file: string, rule: string): Promise<readonly string[]> {
    return (await this.#ask({ kind: 'urls', file, rule }, 'the function')).urls ?? []
  }

  #ask(order: ModulesOrder, what: string): Promise<ModulesReply & { ok: true }> {
    const asked = this.#last.then(() => this.#askNow(order, what))
    this.#last = asked.catch(() => {})
    return asked
  }

  async #askNow(order: ModulesOrder, what: string): Promise<ModulesReply & { ok: true }> {
    const thread = this.#thread ?? (await this.#start())
    this.#thread = thread
    const reply = await replyOf(thread, order, { what, mostMs: this.#answerMs }).catch((error) => {
      if (this.#thread === thread) this.forget()
      throw error
    })
    if (reply.ok) return reply
    throw errorOf(reply.fault)
  }

  /** Resolves when it hears orders. */
  async #start(): Promise<Thread> {
    const thread = new Thread(new URL('../../bin/modules-thread.cjs', import.meta.url))
    // What a module left running may throw when nobody asks: the next order finds another thread.
    thread.on('error', () => {})
    thread.on('exit', () => {
      if (this.#thread === thread) this.#thread = null
    })
    await once(thread, 'message')
    thread.unref()
    return thread
  }
}

function replyOf(
  thread: Thread,
  order: ModulesOrder,
  { what, mostMs }: { readonly what: string; readonly mostMs: number },
): Promise<ModulesReply> {
  return new Promise((resolve, reject) => {
    const fail = (message: string, cause?: unknown): void =>
      end(() => reject(new RuleError('rule', message, { cause })))
    const onReply = (reply: ModulesReply): void => end(() => resolve(reply))
    const onError = (error: Error): void => fail(`nobody caught an exception: ${error.message}`, error)
    const onExit = (): void => fail(`${what} ended its thread (process.exit)`)
    const timer = setTimeout(() => fail(`${what} did not end within ${mostMs / 1_000}s`), mostMs)
    function end(tell: () => void): void {
      clearTimeout(timer)
      thread.off('message', onReply).off('error', onError).off('exit', onExit)
      tell()
    }
    thread.on('message', onReply).on('error', onError).on('exit', onExit)
    thread.postMessage(order)
  })
}
