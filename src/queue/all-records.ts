import type { KeptRecord, Records } from '../broker/records.js'

/** Records in one page. */
const PAGE = 1_000

/** All records whose key begins with `prefix`, by the bytes of their keys. Not one snapshot: others may change them between two pages. */
export async function allRecords(records: Pick<Records, 'records'>, prefix: string): Promise<readonly KeptRecord[]> {
  const found: KeptRecord[] = []
  for (;;) {
    const after = found.at(-1)?.key
    const page = await records.records(prefix, { countMax: PAGE, ...(after !== undefined && { after }) })
    found.push(...page)
    if (page.length < PAGE) return found
  }
}

/** The same by what follows the prefix in each key. */
export async function recordsByName(
  records: Pick<Records, 'records'>,
  prefix: string,
): Promise<ReadonlyMap<string, KeptRecord>> {
  const found = await allRecords(records, prefix)
  return new Map(found.map((record) => [record.key.slice(prefix.length), record]))
}
