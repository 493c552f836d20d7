import { type Command, defineCommand } from './command.js'
import { COMMANDS } from './commands.js'
import { bashCompletion } from './completion/bash.js'
import { fishCompletion } from './completion/fish.js'
import { type CompletionModel, completionModel } from './completion/model.js'
import { zshCompletion } from './completion/zsh.js'
import { EXIT_OK } from './exit-codes.js'
import { oneOf } from './option.js'

const SCRIPTS: Readonly<Record<'bash' | 'zsh' | 'fish', (model: CompletionModel) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
}

const SHELLS = ['bash', 'zsh', 'fish'] as const

/** `hob completion`. */
export const completion: Command = defineCommand({
  args: [{ syntax: '<shell>', summary: 'bash, zsh or fish.', completes: SHELLS }],
  options: {},
  examples: [
    { line: 'eval "$(hob completion bash)"', says: 'In ~/.bashrc; likewise for zsh.' },
    { line: 'hob completion fish | source', says: 'In ~/.config/fish/config.fish.' },
  ],
  async run({ args: [shell = ''], terminal: { out } }) {
    out.write(SCRIPTS[oneOf(SHELLS).parse(shell)](await completionModel(COMMANDS)))
    return EXIT_OK
  },
})
