import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { marbleLaws } from './marble-laws.js'

const folder = mkdtempSync(join(tmpdir(), 'hob-marble-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0

marbleLaws('memory', async () => 'memory:')
marbleLaws('sqlite', async () => `sqlite:${join(folder, `${++files}.db`)}`)
