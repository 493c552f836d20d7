import { access, constants, cp, mkdir, readdir, stat, statfs } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { shellCommand } from '../orders/shell-quote.js'
import { CliError } from './cli-error.js'
import { type Command, defineCommand } from './command.js'
import { EXIT_OK } from './exit-codes.js'
import { fileError } from './file-error.js'

/** Where the build has put them: beside the command line's folder. */
const EXAMPLES = fileURLToPath(new URL('../examples/rules', import.meta.url))

/** `hob rule new`. */
export const ruleNew: Command = defineCommand({
  args: [{ syntax: '<dir>', summary: 'The folder; made, or there and empty.' }],
  options: {},
  examples: [
    { line: 'hob rule new rules', says: 'Rules to begin with, a little data, and a README with the commands.' },
    { line: 'hob rule run names.last_names_json rules/names.jsonl', says: 'Run one of them.' },
  ],
  async run({ args: [folder = ''], globals, terminal: { out } }) {
    await makeEmpty(folder)
    try {
      await cp(EXAMPLES, folder, { recursive: true })
    } catch (cause) {
      throw fileError('write', folder, cause)
    }
    const files = (await readdir(folder)).sort()
    if (globals.json) out.json({ folder, files })
    else for (const line of tell(folder, files)) out.line(line)
    return EXIT_OK
  },
})

/** @throws CliError `failed` when the folder cannot be made, or holds something. */
async function makeEmpty(folder: string): Promise<void> {
  try {
    await checkAbove(resolve(folder))
    await mkdir(folder, { recursive: true })
  } catch (cause) {
    throw fileError('write', folder, cause)
  }
  const names = await readdir(folder)
  if (names.length === 0) return
  throw new CliError('failed', `${folder} is not empty`, { hint: 'Name a folder that is not there yet.' })
}

/** Of the folders above it, the first that is there must be ours to write: below /proc, Node tries to make one for ever. */
async function checkAbove(folder: string): Promise<void> {
  for (let above = folder; ; above = dirname(above)) {
    const found = await stat(above).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    if (found === undefined) continue
    const { type } = await statfs(above)
    if (type === PROC_TYPE) throw Object.assign(new Error('proc'), { code: 'EROFS' })
    return await access(above, constants.W_OK)
  }
}

/** What Linux calls the type of the file system below /proc. */
const PROC_TYPE = 0x9fa0

function tell(folder: string, files: readonly string[]): readonly string[] {
  const data = join(folder, 'names.jsonl')
  const rule =
    folder === 'rules'
      ? 'names.last_names_json'
      : `${/^[./]/.test(folder) ? '' : './'}${join(folder, 'names.last_names_json')}`
  return [`made ${folder} with ${files.join(', ')}`, `Try: ${shellCommand(['hob', 'rule', 'run', rule, data])}`]
}
