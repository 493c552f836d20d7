import assert from 'node:assert/strict'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { hob, inScratchFolder } from './hob.js'

/** What the first of the example rules prints. */
export const NAMES: string = 'last,count\nNahasapeemapetilon,3\nPowell,3\nSimpson,5\nTérminos,1\n'

/** A folder with the example rules, and temporary files of its own. */
export const withRules = (work: (cwd: string, env: { readonly TMPDIR: string }) => Promise<void>): Promise<void> =>
  inScratchFolder(async (cwd) => {
    await mkdir(join(cwd, 'tmp'))
    assert.equal((await hob(['rule', 'new', 'rules'], { cwd })).status, 0)
    await work(cwd, { TMPDIR: join(cwd, 'tmp') })
    // Whatever happened, nothing is left but what is kept of compiled modules.
    assert.deepEqual(
      (await readdir(join(cwd, 'tmp'))).filter((name) => name !== 'jiti'),
      [],
    )
  })

/** A module that exports these rules. */
export const module = (body: string): string =>
  `import { count, csv, jsonLines, lines, rule } from 'hob'\nexport default [${body}]\n`
