import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { libraryLaws } from './library-laws.js'

libraryLaws('sqlite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hob-library-'))
  return {
    url: `sqlite:${join(folder, 'hob.db')}`,
    dispose: async () => rmSync(folder, { recursive: true, force: true }),
  }
})
