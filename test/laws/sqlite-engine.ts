import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { openSqlite } from '#hob/broker/sqlite/open.js'
import { VirtualClock } from '#hob/core/clock.js'
import type { EngineUnderTest } from './engine.js'

/** The SQLite engine on a real file, its store's clock in the test's hand. */
export const sqliteEngine: EngineUnderTest = {
  name: 'sqlite',
  exempt: {},
  joinsTransactions: true,
  async open() {
    const clock = new VirtualClock()
    const folder = mkdtempSync(join(tmpdir(), 'hob-laws-'))
    const open = () =>
      openSqlite({ file: join(folder, 'hob.db'), synchronous: 'full', create: true, nowMs: () => clock.nowMs() })
    let broker = await open()
    return {
      get broker() {
        return broker
      },
      async pass(ms) {
        clock.pass(ms)
      },
      async reopen() {
        await broker.close()
        broker = await open()
        return broker
      },
      async begin() {
        const handle = new Database(join(folder, 'hob.db'))
        handle.exec('BEGIN IMMEDIATE')
        const end = async (statement: string) => {
          if (handle.inTransaction) handle.exec(statement)
          handle.close()
        }
        return {
          handle,
          commit: () => end('COMMIT'),
          rollback: () => (handle.open ? end('ROLLBACK') : Promise.resolve()),
        }
      },
      async dispose() {
        await broker.close()
        rmSync(folder, { recursive: true, force: true })
      },
    }
  },
}
