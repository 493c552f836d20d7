/** Words of these characters alone mean themselves in every place of a POSIX shell's command line, `=` left out. */
const BARE_WORD = /^[A-Za-z0-9_@%+:,./-]+$/

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f]/

/**
 * One argument in single quotes, so that a POSIX shell reads it as it is, wherever a word may begin or go on.
 *
 * @param argument Any text without NUL, which no argument can hold.
 */
export const singleQuote = (argument: string): string => `'${argument.replaceAll("'", "'\\''")}'`

/** One argument as a person would type it: a bare word when nothing in it needs quotes. Only for whole words. */
export const shellQuote = (argument: string): string => (BARE_WORD.test(argument) ? argument : singleQuote(argument))

/** A command that a POSIX shell reads back as these arguments. */
export const shellCommand = (command: readonly string[]): string => command.map(shellQuote).join(' ')

/**
 * The same on one line without tabs: arguments with control characters are written in `$'…'`, which POSIX.1-2024,
 * bash, zsh and ksh read.
 */
export const oneLineCommand = (command: readonly string[]): string =>
  command
    .map((argument) => (CONTROL_CHARACTERS.test(argument) ? dollarQuote(argument) : shellQuote(argument)))
    .join(' ')

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\t': '\\t', '\r': '\\r', '\\': '\\\\', "'": "\\'" }

function dollarQuote(argument: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it replaces.
  return `$'${argument.replace(/[\u0000-\u001f\u007f\\']/g, (character) => ESCAPES[character] ?? octal(character))}'`
}

/** Always three digits, so that a digit that follows is not taken for one of them. */
const octal = (character: string): string => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`
