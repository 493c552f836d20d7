/**
 * Has PostgreSQL do now what it would do at a moment of its own, in the middle of a run: write back, and look at what
 * the tables hold. Other stores have nothing of the kind.
 */
export async function settle(url) {
  if (!url.startsWith('postgres:')) return
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('VACUUM ANALYZE')
  await client.query('CHECKPOINT')
  await client.end()
}
