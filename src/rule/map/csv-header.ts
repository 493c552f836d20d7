import type { Piece } from '../input.js'
import type { CsvReaderOptions } from '../reader.js'
import { openBytes } from './byte-source.js'
import { CsvRows } from './csv-rows.js'
import { inputError } from './input-error.js'
import { LineBlocks } from './line-blocks.js'

/** Takes nothing: what is looked for is the header. */
const NOBODY = { take: () => null, bad: () => {} }

/**
 * The names of the columns of a file, whose parts are read elsewhere.
 *
 * @throws RuleError `input` when the header cannot be read.
 */
export async function readHeader(piece: Piece, csv: CsvReaderOptions): Promise<readonly string[]> {
  const found: (readonly string[])[] = []
  const onHeader = headerTaker(piece, (names) => found.push(names))
  const rows = new CsvRows(NOBODY, { csv, isDynamic: false, firstLine: 1, header: null, onHeader })
  const source = await openBytes({ ...piece, from: 0, hash: null })
  try {
    for await (const block of new LineBlocks(source).blocks(false)) {
      rows.read(block)
      if (found.length > 0) break
    }
    if (found.length === 0) rows.end()
  } finally {
    await source.close()
  }
  return found[0] ?? []
}

/** What is told of a header: a wrong one is the end, since nothing after it can be read. */
export const headerTaker =
  (piece: Pick<Piece, 'name' | 'tag' | 'file'>, take: (names: readonly string[]) => void) =>
  (names: readonly string[] | null, fault: string | null): void => {
    if (fault !== null)
      throw inputError(piece, `its header cannot be read: ${fault}`, {
        hint: 'Mend the header, or name the columns by fields.',
      })
    if (names !== null) take(names)
  }
