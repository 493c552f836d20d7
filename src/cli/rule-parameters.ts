import { readFile } from 'node:fs/promises'
import type { Params } from '../rule/rule.js'
import { CliError } from './cli-error.js'
import { fileError } from './file-error.js'
import { shorten } from './print/visible.js'

/** What the command line says of a rule's parameters. */
export interface ParameterOptions {
  /** Files of `-l`. */
  readonly parameterFiles: readonly string[]
  /** Texts of `-P`. */
  readonly parameters: readonly string[]
  readonly dataFile: string | undefined
}

const FORM = `Write it like -P 'country: de', -P '{"country": "de"}' or -P '{country: de, year: 2026}'.`

/**
 * The parameters that a command line sets over those of the rule: first those of files, then those of `-P`, of which a later one
 * goes before an earlier one; and the lines of `--data-file` as `dataFile`.
 *
 * @throws CliError `usage` for text that is no map, `failed` for a file that cannot be read.
 */
export async function parametersOf({ parameterFiles, parameters, dataFile }: ParameterOptions): Promise<Params> {
  const maps: Params[] = []
  for (const file of parameterFiles)
    maps.push(await mapOf((await textOf(file)) || '{}', file, 'It holds a map of YAML or JSON.'))
  for (const text of parameters) maps.push(await mapOf(text, `--parameters: '${shorten(text, 60)}'`, FORM))
  if (dataFile !== undefined) maps.push({ dataFile: linesOf(await textOf(dataFile)) })
  // It defines members, and so keeps one named __proto__ a member like others.
  return Object.fromEntries(maps.flatMap((map) => Object.entries(map)))
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw fileError('read', file, cause)
  }
}

async function mapOf(text: string, what: string, hint: string): Promise<Params> {
  const value = await yamlOf(text, what, hint)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Params
  throw new CliError('usage', `${what} is no map of names to values`, { hint })
}

async function yamlOf(text: string, what: string, hint: string): Promise<unknown> {
  // Most commands set none, and it takes 15 ms.
  const { parse, YAMLParseError } = await import('yaml')
  try {
    return parse(text)
  } catch (cause) {
    if (!(cause instanceof YAMLParseError) && !(cause instanceof ReferenceError)) throw cause
    // The parser draws the line below its message.
    const [said = ''] = cause.message.split('\n')
    throw new CliError('usage', `${what} is neither YAML nor JSON: ${said.replace(/:$/, '')}`, { hint, cause })
  }
}

function linesOf(text: string): readonly string[] {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/)
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
}
