import { readFileSync } from 'node:fs'
import { formatCount } from '../../core/count.js'
import { ArgumentError } from '../../core/errors.js'
import { CommandError } from './command.js'

/** What the system takes in one `exec`, in bytes. */
export interface ArgumentLimits {
  /** In one argument, or one `NAME=value` of the environment. */
  readonly oneMax: number
  /** In all arguments and the environment together, each with its NUL and its pointer. */
  readonly allMax: number
}

interface Arguments {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** Linux: MAX_ARG_STRLEN, 32 pages of 4 KiB, less the NUL (`include/uapi/linux/binfmts.h`, execve(2)). */
const LINUX_ONE_MAX = 131_071
/** Linux: never less than ARG_MAX, never more than three quarters of the default stack of 8 MiB (`fs/exec.c`). */
const LINUX_ALL_MIN = 131_072
const LINUX_ALL_MAX = 6 * 1024 * 1024
/** macOS: ARG_MAX (`sys/syslimits.h`); one argument has no bound of its own. */
const DARWIN_ALL_MAX = 1_048_576
/** For the path of the executable, an interpreter line, and what the kernel adds. */
const ALLOWANCE = 4_096
const POINTER_BYTES = 8
/** UTF-16 code units that fit everywhere, at three bytes each, so that nothing needs to be counted. */
const SMALL_LENGTH = 24_000

/** The limits of the system that we run on. On Linux all together may take a quarter of the stack's soft limit. */
export function systemLimits(): ArgumentLimits {
  if (process.platform !== 'linux') return { oneMax: DARWIN_ALL_MAX - ALLOWANCE, allMax: DARWIN_ALL_MAX - ALLOWANCE }
  const stack = /^Max stack size\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
  const quarter = stack === undefined ? LINUX_ALL_MAX : Math.floor(Number.parseInt(stack, 10) / 4)
  return { oneMax: LINUX_ONE_MAX, allMax: Math.min(Math.max(quarter, LINUX_ALL_MIN), LINUX_ALL_MAX) - ALLOWANCE }
}

/**
 * Refuses what the system would refuse, with a clearer word. Counts nothing while it is plainly short.
 *
 * @throws CommandError `too-long`; ArgumentError when an argument or a variable holds a NUL.
 */
export function checkArguments(words: Arguments, limits: () => ArgumentLimits = systemLimits): void {
  const { args, env } = words
  let length = args.length * POINTER_BYTES
  for (let index = 0; index < args.length; index += 1) {
    length += checkedLength(args[index] ?? '', `argument ${index + 1}`)
  }
  for (const name in env) length += checkedLength(env[name] ?? '', name) + name.length
  if (length > SMALL_LENGTH) checkBytes(words, limits())
}

function checkedLength(text: string, what: string): number {
  if (text.includes('\0')) throw new ArgumentError(`${what} holds a NUL byte, which no command can take`)
  return text.length
}

function checkBytes({ args, env }: Arguments, { oneMax, allMax }: ArgumentLimits): void {
  let bytes = 0
  const add = (what: string, text: string): void => {
    const size = Buffer.byteLength(text)
    if (size > oneMax) throw tooLong(`${what} is ${formatCount(size)} bytes long`, oneMax)
    bytes += size + 1 + POINTER_BYTES
  }
  for (const [index, arg] of args.entries()) add(`argument ${index + 1}`, arg)
  for (const [name, value] of Object.entries({ ...process.env, ...env }))
    add(`the variable ${name}`, `${name}=${value}`)
  if (bytes > allMax) throw tooLong(`arguments and environment together are ${formatCount(bytes)} bytes long`, allMax)
}

function tooLong(what: string, max: number): CommandError {
  const hint = 'Give it on standard input instead (--stdin).'
  return new CommandError('too-long', `${what}; this system takes ${formatCount(max)}`, { hint })
}
