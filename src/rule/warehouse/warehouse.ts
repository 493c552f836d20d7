import { setTimeout as sleep } from 'node:timers/promises'
import { HobError, RuleError } from '../../core/errors.js'
import type { KeysetRows, ResultRun } from '../rule.js'
import { faultsOf, type StandingTable } from './standing-table.js'
import { planTable, RUNS, type Table } from './table.js'
import type { TableSettings } from './table-options.js'

/** What the write of one run is told. */
export interface WriteContext {
  readonly settings: TableSettings
  readonly run: ResultRun
}

/** The port to a database that results are written into: one connection, for one write. */
export interface Warehouse {
  /** Begins what `commit` ends. Two that write the same run may both begin. */
  begin(): Promise<void>
  /** A table as it stands; undefined when there is none. */
  standing(table: string): Promise<StandingTable | undefined>
  /** Makes a table; one that another made meanwhile is left as it is. */
  create(table: Table): Promise<void>
  /** Whether a run was written and committed. */
  hasRun(id: string): Promise<boolean>
  /** Notes a run. False when it was noted before; waits for another who is writing it. */
  claim(row: readonly [run: string, rule: string, at: string]): Promise<boolean>
  /** Writes the rows of a keyset, in memory that does not grow with them. */
  fill(table: Table, rows: KeysetRows): Promise<void>
  /** All since `begin` becomes true at once. */
  commit(): Promise<void>
  /** Lets go, and gives up what was not committed. Safe at any time. */
  close(): Promise<void>
}

/** What a write is told, and what its database calls a deadlock. */
export interface RunWrite extends WriteContext {
  /** The database as messages name it. */
  readonly place: string
  /** Nothing took effect, and the same again may go through. */
  isTransient?(cause: unknown): boolean
}

/** Two writers that keep getting into each other's way, so often, are more than two. */
const TRIES_MAX = 5

/**
 * Writes the results of a run into a database: all keysets and the run's id in one transaction, and only once.
 *
 * @throws RuleError `warehouse`: nothing was written, unless the connection was lost at the very end; writing again settles that.
 */
export async function writeRun(
  open: () => Promise<Warehouse>,
  results: readonly KeysetRows[],
  write: RunWrite,
): Promise<void> {
  const { run, settings, isTransient = () => false } = write
  const plans = results.map((rows) => ({ rows, table: planTable(rows, settings) }))
  for (let tries = 1; ; tries++) {
    run.signal.throwIfAborted()
    try {
      return await writeOnce(open, plans, write)
    } catch (error) {
      if (tries === TRIES_MAX || !(error instanceof RuleError) || !isTransient(error.cause)) throw error
    }
    await sleep(Math.random() * 100 * 2 ** tries, undefined, { signal: run.signal })
  }
}

interface Plan {
  readonly table: Table
  readonly rows: KeysetRows
}

async function writeOnce(
  open: () => Promise<Warehouse>,
  plans: readonly Plan[],
  { run, place }: RunWrite,
): Promise<void> {
  const warehouse = await open()
  try {
    await warehouse.begin()
    if ((await warehouse.standing(RUNS.name)) === undefined) await warehouse.create(RUNS)
    if (await warehouse.hasRun(run.id)) return
    const tables = plans.map(({ table }) => table)
    await prepare(warehouse, tables, place)
    if (!(await warehouse.claim([run.id, run.rule, new Date().toISOString()]))) return
    for (const { table, rows } of plans) {
      run.signal.throwIfAborted()
      await warehouse.fill(table, rows)
    }
    run.signal.throwIfAborted()
    await warehouse.commit()
  } catch (error) {
    // What a connection says that was cut at our own wish is of no interest.
    run.signal.throwIfAborted()
    throw error
  } finally {
    await warehouse.close()
  }
}

/** Looks at all tables before any is made, so that a fault leaves nothing. */
async function prepare(warehouse: Warehouse, tables: readonly Table[], place: string): Promise<void> {
  const missing: Table[] = []
  for (const table of tables) {
    const standing = await warehouse.standing(table.name)
    if (standing === undefined) missing.push(table)
    else refuseFaults(table, faultsOf(table, standing), place)
  }
  // Two keysets may share a table, when they have the same columns.
  const made = new Map<string, Table>()
  for (const table of missing) {
    const name = table.name.toLowerCase()
    refuseFaults(table, sharedFaults(made.get(name) ?? table, table), place)
    made.set(name, table)
  }
  for (const table of made.values()) await warehouse.create(table)
}

/** Why the rows of a keyset cannot go into the table that was made for another. */
function sharedFaults(made: Table, table: Table): readonly string[] {
  const shapeOf = ({ columns, key }: Table) =>
    JSON.stringify([columns.map(({ name, kind }) => `${name} ${kind}`).sort(), key])
  return shapeOf(made) === shapeOf(table) ? [] : ['two keysets of this rule have it, with other columns']
}

function refuseFaults({ name }: Table, faults: readonly string[], place: string): void {
  if (faults.length === 0) return
  throw new RuleError('warehouse', `table '${name}' of ${place} cannot take the result: ${faults.join('; ')}`, {
    hint: 'Nothing was written. Alter the table, or name another by `table`; `types` of the processor says what a column is to be.',
  })
}

/** An error of our own as it is; all else as what `explain` makes of it. */
export const explained = (error: unknown, explain: (error: unknown) => RuleError): unknown =>
  error instanceof HobError || (error instanceof Error && error.name === 'AbortError') ? error : explain(error)
