import type { KeptRecord, Records } from '../broker/records.js'

/** Records in one page. */
const PAGE = 5_000

/** All records whose key begins with `prefix`, by the bytes of their keys, a page at a time: a kitchen may have millions. */
export async function* eachRecord(records: Pick<Records, 'records'>, prefix: string): AsyncGenerator<KeptRecord> {
  for (let after: string | undefined; ; ) {
    const page = await records.records(prefix, { countMax: PAGE, ...(after !== undefined && { after }) })
    yield* page
    after = page.at(-1)?.key
    if (page.length < PAGE || after === undefined) return
  }
}
