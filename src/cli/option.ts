import { parseBytes } from '../core/bytes.js'
import { parseDurationMs } from '../core/duration.js'
import { HobError } from '../core/errors.js'
import { CliError } from './cli-error.js'
import { didYouMean } from './did-you-mean.js'

/** How the text of an option becomes its value, and what the shell offers for it. */
export interface ValueKind<Value> {
  /** Milliseconds, which the help shows as seconds. */
  readonly isDuration?: true
  /** @throws HobError when the text does not fit; the frame puts the option's name before the message. */
  readonly parse: (text: string) => Value
  readonly completes?: readonly string[] | 'file' | 'folder'
}

/** One option of a command. */
export interface OptionSpec<Value = unknown> {
  /** As people type it: `-q, --queue <name>`; without `<…>` it is a flag. */
  readonly flags: string
  readonly summary: string
  /** Absent for a flag. */
  readonly kind?: ValueKind<Value>
  /** Its value when it is not given. */
  readonly initial: Value
  /** It may be given several times; its value is the list of all. */
  readonly isRepeatable?: true
}

/** The options of one command by the names that its code uses; those on the command line are in `flags`. */
export type OptionTable = Readonly<Record<string, OptionSpec>>

/** What a table of options becomes once parsed. */
export type OptionValues<Table extends OptionTable> = {
  readonly [Name in keyof Table]: Table[Name] extends OptionSpec<infer Value> ? Value : never
}

/** An option that is there or not. */
export const flag = (flags: string, summary: string): OptionSpec<boolean> => ({ flags, summary, initial: false })

/** An option with a value; undefined when it is not given. */
export const option = <Value>(
  flags: string,
  summary: string,
  kind: ValueKind<Value>,
): OptionSpec<Value | undefined> => ({ flags, summary, kind, initial: undefined })

/** An option with a value, and one that stands when it is not given. */
export const optionWith = <Value>(
  flags: string,
  summary: string,
  kind: ValueKind<Value> & { readonly initial: Value },
): OptionSpec<Value> => ({ flags, summary, kind, initial: kind.initial })

/** An option that may be given several times; the list is in their order. */
export const several = <Value>(
  flags: string,
  summary: string,
  { completes, parse }: ValueKind<Value>,
): OptionSpec<readonly Value[]> => ({
  flags,
  summary,
  kind: { parse: (text) => [parse(text)], ...(completes && { completes }) },
  initial: [],
  isRepeatable: true,
})

/** Any text but the empty one. */
export const word: ValueKind<string> = {
  parse(text) {
    if (text === '') throw new CliError('usage', 'it must not be empty')
    return text
  },
}

/** The name of a file; `-` is left for the command to understand. */
export const file: ValueKind<string> = { ...word, completes: 'file' }

/** The name of a folder. */
export const folder: ValueKind<string> = { ...word, completes: 'folder' }

/** A duration as people type it, in milliseconds. */
export const durationMs: ValueKind<number> = { parse: parseDurationMs, isDuration: true }

/** A duration within its bounds, which are written as people type them: `100ms`, `24h`. */
export const durationWithin = (least: string, most: string): ValueKind<number> => ({
  ...durationMs,
  parse(text) {
    const ms = parseDurationMs(text)
    if (ms >= parseDurationMs(least) && ms <= parseDurationMs(most)) return ms
    throw new CliError('usage', `'${text}' is not from ${least} to ${most}`)
  },
})

/** A size within its bounds, which are written as people type them: `64MB`, `1TB`. */
export const sizeWithin = (least: string, most: string): ValueKind<number> => ({
  parse(text) {
    const bytes = parseBytes(text)
    if (bytes >= parseBytes(least) && bytes <= parseBytes(most)) return bytes
    throw new CliError('usage', `'${text}' is not from ${least} to ${most}`)
  },
})

/** What stands between fields; a tab as it is typed where one is hard to type. */
export const delimiter: ValueKind<string> = { parse: (text) => word.parse(text).replace('\\t', '\t') }

/** A whole number within its bounds. */
export const wholeNumber = (bounds: { readonly min: number; readonly max: number }): ValueKind<number> => ({
  parse(text) {
    const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN
    if (value >= bounds.min && value <= bounds.max) return value
    throw new CliError('usage', `'${text}' is not a whole number from ${bounds.min} to ${bounds.max}`)
  },
})

/** The number of a line, 1 for the first. */
export const lineNumber: ValueKind<number> = wholeNumber({ min: 1, max: Number.MAX_SAFE_INTEGER })

/** One of some words. */
export const oneOf = <const Word extends string>(words: readonly Word[]): ValueKind<Word> => ({
  completes: words,
  parse(text) {
    const found = words.find((candidate) => candidate === text.toLowerCase())
    if (found !== undefined) return found
    const hint = didYouMean(text, words).trim()
    throw new CliError('usage', `'${text}' is none of ${words.join(', ')}`, hint === '' ? {} : { hint })
  },
})

/** Some of some words, with commas between them: `error,done`. */
export const someOf = <const Word extends string>(words: readonly Word[]): ValueKind<readonly Word[]> => ({
  completes: words,
  parse: (text) => [...new Set(text.split(',').map((part) => oneOf(words).parse(part.trim())))],
})

/** Parses the text of an option, and names the option when the text does not fit. */
export function parseOption(spec: OptionSpec, text: string): unknown {
  try {
    return spec.kind?.parse(text)
  } catch (cause) {
    if (!(cause instanceof HobError)) throw cause
    const name = spec.flags.match(/--[\w-]+/)?.[0] ?? spec.flags
    throw new CliError('usage', `${name}: ${cause.message}`, { ...(cause.hint && { hint: cause.hint }), cause })
  }
}
