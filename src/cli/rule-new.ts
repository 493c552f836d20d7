import { cp, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
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
    await mkdir(folder, { recursive: true })
  } catch (cause) {
    throw fileError('write', folder, cause)
  }
  const names = await readdir(folder)
  if (names.length === 0) return
  throw new CliError('failed', `${folder} is not empty`, { hint: 'Name a folder that is not there yet.' })
}

function tell(folder: string, files: readonly string[]): readonly string[] {
  const data = join(folder, 'names.jsonl')
  const rule =
    folder === 'rules'
      ? 'names.last_names_json'
      : `${/^[./]/.test(folder) ? '' : './'}${join(folder, 'names.last_names_json')}`
  return [`made ${folder} with ${files.join(', ')}`, `Try: hob rule run ${rule} ${data}`]
}
