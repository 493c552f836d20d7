import { singleQuote } from '../shell-quote.js'

/** The files that stand for a command's streams. */
export interface Streams {
  readonly stdin: string
  readonly stdout: string
  readonly stderr: string
}

/** What the shell has to run. */
export interface Words {
  readonly file: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** Names that no shell gives a meaning to. Bash refuses to set UID, and complains about an LC_ALL it does not know. */
const PLAIN_NAME = /^HOB_\w*$/
const SHELL_NAME = /^[A-Za-z_]\w*$/

/**
 * The variables that a shell would drop from its environment on the way to the command: dash passes on only names that it
 * could set itself, and so would lose the functions that bash exports (`BASH_FUNC_module%%`). undefined when there are none.
 */
export function droppedByShell(env: NodeJS.ProcessEnv): Readonly<Record<string, string>> | undefined {
  const dropped = Object.entries(env).filter(([name]) => !SHELL_NAME.test(name))
  if (dropped.length === 0) return undefined
  return Object.fromEntries(dropped.map(([name, value]) => [name, value ?? '']))
}

/**
 * The shell command that runs `words`: a plain one, which dash starts by `vfork`.
 *
 * Every word is quoted, so nothing in it is read by the shell. The file is a path, so it is never a builtin.
 */
export function plainCommand({ file, args, env }: Words, streams: Streams): string {
  let assignments = ''
  let others = ''
  for (const name of Object.keys(env)) {
    const value = env[name] ?? ''
    if (PLAIN_NAME.test(name)) assignments += `${name}=${singleQuote(value)} `
    else others += ` ${singleQuote(`${name}=${value}`)}`
  }
  // env(1) takes every word with a `=` for a variable: a command whose path holds one goes without the odd names.
  const prefix = others === '' || file.includes('=') ? '' : `/usr/bin/env${others} `
  let words = singleQuote(file)
  for (const arg of args) words += ` ${singleQuote(arg)}`
  const { stdin, stdout, stderr } = streams
  return `${assignments}${prefix}${words} <${singleQuote(stdin)} >${singleQuote(stdout)} 2>${singleQuote(stderr)}`
}
