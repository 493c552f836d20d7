import type { KeptRecord, Records } from '../broker/records.js'

/** Records in one page. */
const PAGE = 5_000

/**
 * All records whose key begins with `prefix`, by the bytes of their keys, page by page: a kitchen may have millions, and awaiting each of
 * them takes longer than reading them.
 */
export async function* eachPage(
  records: Pick<Records, 'records'>,
  prefix: string,
): AsyncGenerator<readonly KeptRecord[]> {
  for (let after: string | undefined; ; ) {
    const page = await records.records(prefix, { countMax: PAGE, ...(after !== undefined && { after }) })
    yield page
    after = page.at(-1)?.key
    if (page.length < PAGE || after === undefined) return
  }
}
