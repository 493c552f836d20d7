import { count, csv, type FieldTransform, orElse, type PartsFunction, rule } from 'hob'

/** Cents of `$1,200.50`, so that sums are whole numbers. What is no amount stays as it is, and is counted as not numeric. */
const cents: FieldTransform = (amount) => {
  const dollars = Number(String(amount).replace(/[$,]/g, ''))
  return Number.isNaN(dollars) ? amount : Math.round(dollars * 100)
}

/** `Wiggum, Ralph` becomes `Ralph Wiggum`. */
const firstNameFirst: FieldTransform = (name) => String(name).split(', ').reverse().join(' ')

/** Refunds are in parentheses; a record for which a function gives none is filtered out. */
const donationsOnly: PartsFunction = (parts) => (String(parts.amount).startsWith('(') ? null : parts)

/** Donations from the year of `-P 'year: 2026'`, or of any. */
const ofYear: PartsFunction = (parts, { year }) =>
  year === undefined || String(parts.date).startsWith(`${year}-`) ? parts : null

/** A row of the result, with its sum in dollars. */
const inDollars: PartsFunction = (parts) => ({ ...parts, amount: (Number(parts.amount) / 100).toFixed(2) })

export default [
  /** Who was given how much, and where it came from. */
  rule({
    name: 'donations',
    sourceTags: ['example:donations'],
    input: csv({ header: true }),
    partsPreprocess: [donationsOnly, ofYear, count],
    // A state that was not given is none: the record has no place in `by_state`, and is counted as without a key there.
    fieldTransforms: { amount: cents, candidate: firstNameFirst, state: orElse(null) },
    partsPostprocess: [inDollars],
    keysets: {
      by_candidate: {
        keyParts: ['candidate'],
        valueParts: ['count', 'amount'],
        columnMappings: { count: 'donations', amount: 'dollars' },
        table: 'candidates',
      },
      by_state: {
        keyParts: ['candidate', 'state'],
        valueParts: ['amount'],
        columnMappings: { amount: 'dollars' },
        table: 'candidate_states',
      },
    },
  }),
]
