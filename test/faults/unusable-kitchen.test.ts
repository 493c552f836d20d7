import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import Sqlite from 'better-sqlite3'
import { describe, test } from 'vitest'
import { HOB, hob } from '../cli/hob.js'
import { type Farm, onFarm } from '../support/farm.js'
import { type Ended, start, startHob } from '../support/running.js'
import { UNPRIVILEGED } from '../support/user.js'

/** What everybody runs against a kitchen. */
const COMMANDS: readonly (readonly string[])[] = [
  ['status'],
  ['status', '--json'],
  ['load', 'one.txt'],
  ['deliver', 'true'],
  ['deliver', '--wait', 'true'],
  ['extract'],
  ['reset'],
  ['clean', '--yes'],
  ['why', '1'],
  ['doctor'],
]

/** A command with the kitchen that it is for. Options come first: `deliver` leaves what stands behind its command to that. */
const at = (url: string, [name = '', ...rest]: readonly string[]): readonly string[] => [name, '-k', url, ...rest]

/** One line that says what is wrong, its hint on the next, and not a word more. */
function isOneClearLine({ status, out, err }: Ended, { saying, exits = 3 }: { saying: RegExp; exits?: number }): void {
  assert.match(err, /^hob: [^\n]+\n[^\n]+\n$/)
  assert.match(err, saying)
  assert.equal(out, '')
  assert.equal(status, exits)
}

/** Runs every command against a file that cannot be a kitchen; the file and its folder stay as they are. */
async function isRefusedUntouched(farm: Farm, file: string, saying: RegExp): Promise<void> {
  const before = await readFile(farm.path(file))
  const filesBefore = await readdir(farm.folder)
  for (const command of COMMANDS) {
    const ended = await startHob(at(`sqlite:${file}`, command), { cwd: farm.folder }).ended
    isOneClearLine(ended, { saying })
  }
  assert.ok(before.equals(await readFile(farm.path(file))), `${file} was changed`)
  assert.deepEqual(await readdir(farm.folder), filesBefore)
}

/** A folder with a row to load and, on request, a kitchen of 3,000 orders in `kitchen.db`. */
const withRow = (work: (farm: Farm) => Promise<void>): Promise<void> =>
  onFarm(async (farm) => {
    await writeFile(farm.path('one.txt'), 'one\n')
    await work(farm)
  })

async function makeKitchen(farm: Farm): Promise<Buffer> {
  const input = Array.from({ length: 3_000 }, (_, at) => `order ${at}\n`).join('')
  const { status } = await hob(['load', '-k', 'sqlite:kitchen.db', '-'], { cwd: farm.folder, input })
  assert.equal(status, 0)
  return readFile(farm.path('kitchen.db'))
}

const PAGE = 4_096
const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

describe('a file that cannot be a kitchen is refused and left as it is', () => {
  test('one that is no database', () =>
    withRow(async (farm) => {
      await writeFile(farm.path('notes.txt'), 'These are notes.\n'.repeat(500))
      await isRefusedUntouched(farm, 'notes.txt', /^hob: there is no SQLite database in notes\.txt\n/)
      await writeFile(farm.path('short.txt'), 'short')
      await isRefusedUntouched(farm, 'short.txt', /^hob: there is no SQLite database in short\.txt\n/)
      await writeFile(farm.path('picture.png'), Buffer.concat([PNG_SIGNATURE, randomBytes(5_000)]))
      await isRefusedUntouched(farm, 'picture.png', /^hob: there is no SQLite database in picture\.png\n/)
    }))

  test('the database of another program', () =>
    withRow(async (farm) => {
      const other = new Sqlite(farm.path('other.db'))
      other.exec("CREATE TABLE job (id INTEGER PRIMARY KEY, state TEXT); INSERT INTO job VALUES (1, 'mine')")
      other.close()
      await isRefusedUntouched(farm, 'other.db', /^hob: other\.db is the database of another program\n/)
    }))

  test('a kitchen of a newer Hob', () =>
    withRow(async (farm) => {
      await makeKitchen(farm)
      const newer = new Sqlite(farm.path('kitchen.db'))
      newer.pragma('user_version = 1000')
      newer.close()
      await isRefusedUntouched(
        farm,
        'kitchen.db',
        /^hob: kitchen\.db was made by a newer Hob \(schema 1000, .*\n.*pdate/,
      )
    }))

  test('a kitchen whose header is damaged', () =>
    withRow(async (farm) => {
      const bytes = await makeKitchen(farm)
      randomBytes(PAGE).copy(bytes)
      await writeFile(farm.path('kitchen.db'), bytes)
      await isRefusedUntouched(farm, 'kitchen.db', /^hob: there is no SQLite database in kitchen\.db\n/)
    }))

  test('a folder', () =>
    withRow(async (farm) => {
      await mkdir(farm.path('folder'))
      for (const command of COMMANDS) {
        const ended = await startHob(at('sqlite:folder', command), { cwd: farm.folder }).ended
        isOneClearLine(ended, { saying: /^hob: folder is not a file\n/ })
      }
      assert.deepEqual(await readdir(farm.path('folder')), [])
    }))
})

test('a kitchen with damaged pages in its middle: who reads them gets one clear line', () =>
  withRow(async (farm) => {
    const bytes = await makeKitchen(farm)
    for (let at = 8 * PAGE; at < bytes.length - 2 * PAGE; at += PAGE) randomBytes(PAGE).copy(bytes, at)
    await writeFile(farm.path('kitchen.db'), bytes)
    const saying = /the database is damaged: kitchen\.db\n.*\.recover/
    const told: string[] = []
    for (const command of COMMANDS) {
      const ended = await startHob(at('sqlite:kitchen.db', command), { cwd: farm.folder }).ended
      assert.doesNotMatch(ended.err, /\n {4}at /)
      // Counters stand on pages of their own: what does not read the damaged ones may succeed.
      if (ended.status === 0) continue
      assert.equal(ended.status, 3, ended.err)
      assert.match(ended.err, saying)
      told.push(command[0] ?? '')
    }
    for (const command of ['deliver', 'extract']) assert.ok(told.includes(command), `${command} did not notice`)
  }))

const strangerRuns =
  spawnSync(process.execPath, [HOB, '--version'], { uid: UNPRIVILEGED, gid: UNPRIVILEGED }).status === 0

// A checkout in a home folder of root is closed to everybody else.
describe.skipIf(!strangerRuns)('without the permission', () => {
  /** Runs a command as a user without rights. */
  const asStranger = (farm: Farm, args: readonly string[]): Promise<Ended> =>
    start(process.execPath, [HOB, ...args], {
      cwd: farm.folder,
      ...(UNPRIVILEGED === undefined ? {} : { uid: UNPRIVILEGED }),
    }).ended

  test('to write into the folder: nothing is made, and what is there is not touched', () =>
    withRow(async (farm) => {
      const bytes = await makeKitchen(farm)
      await mkdir(farm.path('tmp/closed'))
      await chmod(farm.path('kitchen.db'), 0o444)
      for (const folder of [farm.folder, farm.path('tmp'), farm.path('tmp/closed')]) await chmod(folder, 0o555)
      for (const command of COMMANDS) {
        const ended = await asStranger(farm, at('sqlite:kitchen.db', command))
        isOneClearLine(ended, { saying: /^hob: cannot write kitchen\.db\nCheck the permissions/ })
      }
      const inFolder = await asStranger(farm, at('sqlite:tmp/closed/new.db', ['load', 'one.txt']))
      isOneClearLine(inFolder, { saying: /^hob: cannot open tmp\/closed\/new\.db\nCheck .* may write there/ })
      const below = await asStranger(farm, at('sqlite:tmp/closed/below/new.db', ['load', 'one.txt']))
      isOneClearLine(below, { saying: /^hob: cannot make the folder of .*\nCheck that you may write there/ })
      assert.deepEqual(await readdir(farm.path('tmp/closed')), [])
      assert.ok(bytes.equals(await readFile(farm.path('kitchen.db'))))
      for (const folder of [farm.folder, farm.path('tmp'), farm.path('tmp/closed')]) await chmod(folder, 0o755)
    }))

  test('to read the file', () =>
    withRow(async (farm) => {
      await makeKitchen(farm)
      await chmod(farm.folder, 0o755)
      await chmod(farm.path('kitchen.db'), 0o000)
      for (const command of COMMANDS) {
        const ended = await asStranger(farm, at('sqlite:kitchen.db', command))
        isOneClearLine(ended, { saying: /^hob: cannot open kitchen\.db\nCheck/ })
      }
    }))
})

test('a URL that names no kitchen is wrong usage, and a password in it is not repeated', () =>
  withRow(async (farm) => {
    const urls = ['nowhere', 'nonsense:', 'mysql://user:secret@host/db', 'sqlite:', 'sqlite:x.db?synchronous=off']
    for (const url of urls) {
      for (const command of COMMANDS) {
        const ended = await startHob(at(url, command), { cwd: farm.folder }).ended
        isOneClearLine(ended, { saying: /names no (SQLite )?kitchen/, exits: 2 })
        assert.doesNotMatch(ended.err, /secret/)
      }
    }
    assert.deepEqual((await readdir(farm.folder)).sort(), ['one.txt', 'tmp'])
  }))
