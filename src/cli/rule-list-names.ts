import { type Command, defineCommand } from './command.js'
import { EXIT_OK } from './exit-codes.js'
import { visible } from './print/visible.js'
import { loadFolder } from './rule-names.js'
import { rulesOption } from './rules-option.js'

/** `hob rule names`; completion calls it, too. */
export const ruleNames: Command = defineCommand({
  args: [],
  options: { rules: rulesOption },
  examples: [{ line: 'hob rule names', says: 'MODULE.RULE of each, a line each; no kitchen is needed.' }],
  async run({ options: { rules }, globals, terminal }) {
    const loaded = await loadFolder({ rules, terminal })
    const names = loaded.rules.map(({ id }) => id)
    if (globals.json) terminal.out.json(names)
    else for (const name of names) terminal.out.line(name)
    for (const { message } of loaded.faults) terminal.err.line(`hob: ${visible(message)}`)
    return EXIT_OK
  },
})
