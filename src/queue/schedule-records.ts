import type { KeptRecord, Records } from '../broker/records.js'

/** Records in one page. */
const PAGE = 1_000

/** All records whose key begins with `prefix`, by what follows it. Not one snapshot: others may change them between two pages. */
export async function recordsByName(records: Records, prefix: string): Promise<Map<string, KeptRecord>> {
  const found = new Map<string, KeptRecord>()
  let after: string | undefined
  for (;;) {
    const page = await records.records(prefix, { countMax: PAGE, ...(after !== undefined && { after }) })
    for (const record of page) found.set(record.key.slice(prefix.length), record)
    after = page.at(-1)?.key
    if (page.length < PAGE) return found
  }
}
