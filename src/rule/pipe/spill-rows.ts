import { createReadStream } from 'node:fs'

/** One field of a spill: its text as it was in quotes, or the digits that stood without them; null for `\N`. */
export type SpillField = string | null

const QUOTE = '"'

/**
 * The records of a spill (`map-output.ts`), in batches of about one chunk of the file. Holds one chunk and one record.
 *
 * @throws Error when the file cannot be read.
 */
export async function* spillRows(file: string): AsyncGenerator<readonly (readonly SpillField[])[]> {
  let held = ''
  for await (const chunk of createReadStream(file, { encoding: 'utf8', highWaterMark: 256 * 1024 })) {
    const text = held + String(chunk)
    const { rows, end } = readRows(text)
    held = text.slice(end)
    if (rows.length > 0) yield rows
  }
}

/** The whole records of a text, and where what follows them begins. */
function readRows(text: string): { readonly rows: readonly (readonly SpillField[])[]; readonly end: number } {
  const rows: (readonly SpillField[])[] = []
  let row: SpillField[] = []
  let end = 0
  for (let at = 0; at < text.length; ) {
    const { field, next } = text[at] === QUOTE ? quotedField(text, at) : bareField(text, at)
    // Whether a quote that stands last is doubled, or a field goes on, the next chunk tells.
    if (next >= text.length) break
    row.push(field)
    at = next + 1
    if (text[next] !== '\n') continue
    rows.push(row)
    row = []
    end = at
  }
  return { rows, end }
}

interface Found {
  readonly field: SpillField
  /** Where the delimiter behind it stands; the length of the text when it is not there yet. */
  readonly next: number
}

function quotedField(text: string, start: number): Found {
  let close = text.indexOf(QUOTE, start + 1)
  let hasPairs = false
  while (close >= 0 && text[close + 1] === QUOTE) {
    hasPairs = true
    close = text.indexOf(QUOTE, close + 2)
  }
  if (close < 0) return { field: null, next: text.length }
  const inner = text.slice(start + 1, close)
  return { field: hasPairs ? inner.replaceAll('""', QUOTE) : inner, next: close + 1 }
}

function bareField(text: string, start: number): Found {
  let next = start
  while (next < text.length && text[next] !== ',' && text[next] !== '\n') next++
  const field = text.slice(start, next)
  return { field: field === '\\N' ? null : field, next }
}
