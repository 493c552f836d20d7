import { count, csv, jsonLines, type MapFunction, type ReduceFunction, rule } from 'hob'

/** How many letters a first name has. */
const letters: MapFunction = function* ({ first, last }) {
  yield [last, { first, letters: String(first).length }]
}

interface Named {
  readonly first: string
  readonly letters: number
}

/** The longest first name of each family; of two that are as long, the one that comes first in the alphabet. */
const longest: ReduceFunction = function* (last, values) {
  let best: Named | undefined
  for (const value of values as Iterable<Named>) {
    const isBetter = best === undefined || value.letters > best.letters
    if (isBetter || (value.letters === best?.letters && value.first < best.first)) best = value
  }
  yield { last, first: best?.first, letters: best?.letters }
}

export default [
  /** How many people have each last name, from JSON lines. */
  rule({
    name: 'last_names_json',
    sourceTags: ['example:chunk:users'],
    input: jsonLines(),
    partsPreprocess: [count],
    keyParts: ['last'],
    valueParts: ['count'],
  }),

  /** The same from a CSV without a header. */
  rule({
    name: 'last_names_csv',
    sourceTags: ['example:csv:users'],
    input: csv({ fields: ['first', 'last'] }),
    partsPreprocess: [count],
    keyParts: ['last'],
    valueParts: ['count'],
  }),

  /** Two groupings of the same records, in one pass. */
  rule({
    name: 'both_names',
    sourceTags: ['example:chunk:users'],
    input: jsonLines(),
    partsPreprocess: [count],
    keysets: {
      first_names: { keyParts: ['first'], valueParts: ['count'] },
      last_names: { keyParts: ['last'], valueParts: ['count'], columnMappings: { last: 'family', count: 'members' } },
    },
  }),

  /** Any keys and values: a map and a reduce of one's own. */
  rule({
    name: 'longest_names',
    sourceTags: ['example:chunk:users'],
    input: jsonLines(),
    map: letters,
    reduce: longest,
    columns: ['last', 'first', 'letters'],
  }),
]
