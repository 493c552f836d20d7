import { formatCount } from '../core/count.js'
import { type JsonText, parseJson } from '../core/json.js'
import { isTooDeep, JSON_DEPTH_MAX } from '../core/json-depth.js'
import { PAYLOAD_BYTES_MAX } from '../core/limits.js'
import { CliError } from './cli-error.js'
import { shorten } from './print/visible.js'

/** Characters of a bad argument that are shown. */
const SHOWN_MAX = 60

const QUOTES = `A shell takes quotes away: put single quotes around JSON, like '{"to":"ada"}' or '"text"'. Nothing was sent.`

/**
 * Payloads from a command line, each an argument of its own. Each is kept as the text that it is, with members like
 * `__proto__` and long numbers as they were written; whoever reads it makes values of it.
 *
 * @throws CliError `usage` for the first that is no JSON, saying which and where.
 */
export function jsonArguments(texts: readonly string[]): readonly JsonText[] {
  return texts.map((text, index) => {
    const which = texts.length === 1 ? 'the argument' : `argument ${index + 1} of ${texts.length}`
    const shown = shorten(text.replaceAll('\n', ' '), SHOWN_MAX)
    const fault = faultOf(text)
    if (fault !== null) throw new CliError('usage', `${which}, ${shown}, is not JSON: ${fault}`, { hint: QUOTES })
    if (isTooDeep(text)) {
      const bound = `is nested more than ${formatCount(JSON_DEPTH_MAX)} levels deep`
      throw new CliError('usage', `${which}, ${shown}, ${bound}`, { hint: 'Nothing was sent.' })
    }
    const bytes = Buffer.byteLength(text)
    if (bytes > PAYLOAD_BYTES_MAX) {
      const bound = `has ${formatCount(bytes)} bytes; a payload has at most ${formatCount(PAYLOAD_BYTES_MAX)}`
      throw new CliError('usage', `${which}, ${shown}, ${bound}`, { hint: 'Nothing was sent.' })
    }
    return text.trim()
  })
}

function faultOf(text: string): string | null {
  try {
    parseJson(text)
    return null
  } catch (error) {
    // Of short text V8 says the text instead of the place; it stands in our line already.
    return (error as SyntaxError).message.replace(/, ".*" is not valid JSON$/s, '')
  }
}
