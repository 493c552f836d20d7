// The least that a queue on PostgreSQL needs: what its speed is held against. One connection; a job is a row.
import pg from 'pg'

const SCHEMA = `
CREATE TABLE IF NOT EXISTS job (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  state smallint NOT NULL DEFAULT 0,
  until timestamptz,
  payload text NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX IF NOT EXISTS job_ready ON job (id) WHERE state = 0`

const INSERT = 'INSERT INTO job (payload) VALUES ($1)'
const INSERT_ALL = 'INSERT INTO job (payload) SELECT unnest($1::text[])'
const TAKE = `
UPDATE job SET state = 1, until = clock_timestamp() + interval '15 s'
WHERE id = ANY (ARRAY(SELECT id FROM job WHERE state = 0 ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED))
RETURNING id, payload`
const FINISH = 'DELETE FROM job WHERE id = ANY ($1::bigint[])'

/** @returns {Promise<import('./hob.mjs').Library>} */
export async function open({ url, settings: { pipelines = false } }) {
  const client = new pg.Client({ connectionString: url, pipeline: pipelines })
  await client.connect()
  await client.query(SCHEMA)
  const query = (text, ...values) => client.query({ name: text.slice(0, 60), text, values })
  return {
    send: (payload) => query(INSERT, JSON.stringify(payload)),
    sendMany: (payloads) =>
      query(
        INSERT_ALL,
        payloads.map((payload) => JSON.stringify(payload)),
      ),
    async work(run) {
      const ended = workAll(query, run)
      return { stop: () => ended }
    },
    async left() {
      const { rows } = await client.query('SELECT count(*)::int AS count FROM job')
      return rows[0].count
    },
    close: () => client.end(),
  }
}

async function workAll(query, run) {
  for (;;) {
    const { rows } = await query(TAKE)
    if (rows.length === 0) return
    for (const { payload } of rows) run(JSON.parse(payload))
    await query(
      FINISH,
      rows.map(({ id }) => id),
    )
  }
}
