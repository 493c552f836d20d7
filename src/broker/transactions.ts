import type { Step, StepResult } from './job-store.js'

/**
 * A transaction that the caller holds open on the same store. What it is, each engine says: for SQLite a better-sqlite3
 * handle of the kitchen's file with a transaction begun, for PostgreSQL whatever runs a query within one.
 */
export type OpenTransaction = object

/** The port of those whose own data stands beside the jobs. Engines that cannot join transactions have none of it. */
export interface Transactions {
  /**
   * Applies steps as `commit` does, but within the caller's transaction: they become true together with all else in it
   * when the caller commits, and never when the caller rolls back. Until then, others wait where the store makes them wait.
   *
   * @throws ArgumentError when the engine joins no transactions, or `transaction` is none of this kitchen's store.
   * KitchenError as `commit`; then the caller rolls back.
   */
  commitWithin(transaction: OpenTransaction, steps: readonly Step[]): Promise<readonly StepResult[]>
}
