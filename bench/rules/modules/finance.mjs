import { count, csv, rule } from 'hob'

const FIELDS = [
  ...['committee', 'candidateId', 'candidate', 'contributor', 'city', 'state', 'zip', 'employer', 'occupation'],
  ...['amount', 'date', 'description', 'memo', 'memoText', 'form', 'file'],
]

/** Who is still in the race. */
const ACTIVE = new Set(['P80000003000', 'P80000003001', 'P80000003003', 'P80000003004', 'P80000003007'])

const isActive = (parts) => (ACTIVE.has(parts.candidateId) ? parts : null)

/** Refunds are no contributions. */
const isContribution = (parts) => (Number(parts.amount) > 0 ? parts : null)

const alphanumeric = (text) => text.toLowerCase().replace(/[^a-z0-9]/g, '')

const valueParts = ['count', 'amount']
const keysets = {
  byCandidate: { keyParts: ['candidate'], valueParts },
  byOccupation: { keyParts: ['candidate', 'occupation'], valueParts },
}

export default [
  rule({
    name: 'contributions',
    input: csv({ fields: FIELDS }),
    partsPreprocess: [isActive, count],
    fieldTransforms: { candidate: alphanumeric, occupation: alphanumeric },
    keysets,
  }),
  rule({
    name: 'amounts',
    input: csv({ fields: FIELDS }),
    partsPreprocess: [isContribution, count],
    fieldTransforms: { occupation: (text) => text.toLowerCase() },
    keysets,
  }),
]
