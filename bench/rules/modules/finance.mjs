import { count, csv, rule } from 'hob'

const FIELDS = [
  ...['committee', 'candidateId', 'candidate', 'contributor', 'city', 'state', 'zip', 'employer', 'occupation'],
  ...['amount', 'date', 'description', 'memo', 'memoText', 'form', 'file'],
]

/** Refunds are no contributions. */
const contributions = (parts) => (Number(parts.amount) > 0 ? parts : null)

export default [
  rule({
    name: 'contributions',
    input: csv({ fields: FIELDS }),
    partsPreprocess: [contributions, count],
    fieldTransforms: { occupation: (text) => text.toLowerCase() },
    keysets: {
      byCandidate: { keyParts: ['candidate'], valueParts: ['count', 'amount'] },
      byOccupation: { keyParts: ['candidate', 'occupation'], valueParts: ['count', 'amount'] },
    },
  }),
]
