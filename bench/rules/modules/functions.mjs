import { count, jsonLines, rule } from 'hob'

/** Reads what is another one in each record. */
const bucketOf = (parts) => ({ ...parts, bucket: parts.id.slice(-2) })

/** The same, and by name: nothing else is asked for. */
const bucket = ({ id, amount }) => ({ bucket: id.slice(-2), amount })

const common = { input: jsonLines(), keyParts: ['bucket'], valueParts: ['count', 'amount'] }

export default [
  rule({ ...common, name: 'whole', partsPreprocess: [bucketOf, count] }),
  rule({ ...common, name: 'named', partsPreprocess: [bucket, count] }),
  rule({ ...common, name: 'late', partsPreprocess: [bucket, count] }),
]
