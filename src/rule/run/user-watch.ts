import type { Parts, PartsFunction, ReduceFunction, RuleDefinition } from '../rule.js'
import { GAUGE } from './thread-task.js'

/** Shows from within a thread whether code of the user's runs, and whether it gets anywhere. */
export class UserWatch {
  readonly #gauges: Float64Array

  constructor(gauges: Float64Array) {
    this.#gauges = gauges
  }

  /** A sign of life, with what a map task has read so far. */
  progress(rows: number, bytes: number): void {
    this.#gauges[GAUGE.rows] = rows
    this.#gauges[GAUGE.bytes] = bytes
    this.#beat()
  }

  /** Which record a map task is at; no sign of life, which costs more. */
  row(rows: number): void {
    this.#gauges[GAUGE.rows] = rows
  }

  /** Which group of records a map task is at; no sign of life either. */
  group(group: number): void {
    this.#gauges[GAUGE.group] = group
  }

  /** Runs what may be, or may call, code of the user's. */
  async during<T>(run: () => T | Promise<T>): Promise<T> {
    this.#enter()
    try {
      return await run()
    } finally {
      this.#leave()
    }
  }

  /** The same rule with functions that are watched one call at a time: those of a reduce task, between which DuckDB may be long at work. */
  watched(rule: RuleDefinition): RuleDefinition {
    const { options } = rule
    const { reduce, reduceInit } = options
    return {
      ...rule,
      options: {
        ...options,
        ...(reduce && { reduce: this.#reduce(reduce) }),
        ...(reduceInit && { reduceInit: (params) => this.#call(() => reduceInit(params)) }),
      },
      keysets: rule.keysets.map((keyset) => ({
        ...keyset,
        partsPostprocess: keyset.partsPostprocess.map((each) => this.#parts(each)),
      })),
    }
  }

  /** By a name of its own, so that errors still tell which function threw. */
  #parts(own: PartsFunction): PartsFunction {
    const watched: PartsFunction = (parts, params): Parts | Iterable<Parts> | null | undefined => {
      const given = this.#call(() => own(parts, params))
      return isGenerator(given) ? this.#each(given) : given
    }
    return Object.defineProperty(watched, 'name', { value: own.name })
  }

  #reduce(own: ReduceFunction): ReduceFunction {
    const watched: ReduceFunction = (key, values, params) => this.#each(this.#call(() => own(key, values, params)))
    return Object.defineProperty(watched, 'name', { value: own.name })
  }

  *#each<T>(items: Iterable<T>): Generator<T> {
    const iterator = items[Symbol.iterator]()
    try {
      for (;;) {
        const { done, value } = this.#call(() => iterator.next())
        if (done === true) return
        yield value
      }
    } finally {
      iterator.return?.()
    }
  }

  #call<T>(run: () => T): T {
    this.#enter()
    try {
      return run()
    } finally {
      this.#leave()
    }
  }

  #enter(): void {
    this.#beat()
    this.#gauges[GAUGE.isUser] = 1
  }

  #leave(): void {
    this.#gauges[GAUGE.isUser] = 0
  }

  #beat(): void {
    this.#gauges[GAUGE.beats] = (this.#gauges[GAUGE.beats] ?? 0) + 1
  }
}

const isGenerator = (given: unknown): given is Generator<Parts> =>
  typeof given === 'object' && given !== null && Symbol.iterator in given && 'next' in given
