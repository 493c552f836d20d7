import type { Database, Statement } from 'better-sqlite3'
import { type Statements, statements } from './statements.generated.js'

type Prepared = { readonly [Name in keyof Statements]: Statement }

/** What begins and ends a transaction, and what is known of queues between two of them. */
export interface Sql extends Prepared {
  readonly begin: Statement
  readonly commit: Statement
  readonly rollback: Statement
  /** A queue's id, or undefined when it is not known yet. Ids never change, so each is read once. */
  queueId(name: string): number | undefined
  /** A queue's id; the queue is made when it is new. Only within a transaction. */
  makeQueue(name: string): number
  /** After a rollback: a queue that was made in it does not exist. */
  forgetQueues(): void
}

/** The statements of this engine on one connection. */
export function prepareSql(database: Database): Sql {
  const prepared = new PreparedWhenUsed(database) as PreparedWhenUsed & Prepared
  const ids = new Map<string, number>()

  const readId = (name: string): number | undefined => {
    const id = prepared.queueByName.pluck().get(name) as number | undefined
    if (id !== undefined) ids.set(name, id)
    return id
  }
  const addQueue = (name: string): number => {
    const id = Number(prepared.addQueue.run(name).lastInsertRowid)
    ids.set(name, id)
    return id
  }
  return Object.assign(prepared, {
    begin: database.prepare('BEGIN IMMEDIATE'),
    commit: database.prepare('COMMIT'),
    rollback: database.prepare('ROLLBACK'),
    queueId: (name: string) => ids.get(name) ?? readId(name),
    makeQueue: (name: string) => ids.get(name) ?? readId(name) ?? addQueue(name),
    forgetQueues: () => ids.clear(),
  })
}

/**
 * Each is prepared when it is first asked for: all of them at once took 3 ms of a command that needs three. By getters of a class, so
 * that no statement changes the shape of what holds it: with each that did, V8 threw away what it had compiled for another.
 */
class PreparedWhenUsed {
  readonly #database: Database
  readonly #prepared: (Statement | undefined)[] = []

  constructor(database: Database) {
    this.#database = database
  }

  statement(at: number, text: string): Statement {
    const known = this.#prepared[at]
    if (known !== undefined) return known
    const statement = this.#database.prepare(text)
    this.#prepared[at] = statement
    return statement
  }
}

for (const [at, [name, text]] of Object.entries(statements).entries()) {
  Object.defineProperty(PreparedWhenUsed.prototype, name, {
    get(this: PreparedWhenUsed) {
      return this.statement(at, text)
    },
  })
}
