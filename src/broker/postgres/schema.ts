import { KitchenError } from '../../core/errors.js'
import { noKitchen } from '../no-kitchen.js'
import { type Link, LONG_CALL_MS_MAX } from './link.js'
import { inSchema } from './sql.js'
import { migrations } from './statements.generated.js'

/** Two numbers of our own, by which those who make the same kitchen take turns: `pg_advisory_xact_lock`. */
const MAKERS_LOCK = '1752392960'

/** What is known of a schema before it is used. */
interface Found {
  readonly is_there: boolean
  readonly is_kitchen: boolean
  readonly has_tables: boolean
}

const LOOK = `SELECT namespace.oid IS NOT NULL AS is_there,
  EXISTS (SELECT FROM pg_class WHERE relnamespace = namespace.oid AND relname = 'kitchen' AND relkind = 'r') AS is_kitchen,
  EXISTS (SELECT FROM pg_class WHERE relnamespace = namespace.oid AND relkind = 'r') AS has_tables
FROM (SELECT $1::text AS name) AS asked LEFT JOIN pg_namespace AS namespace ON nspname = asked.name`

/**
 * Makes the kitchen in `schema`, or brings it up to date; a look is enough when nothing is to be done.
 *
 * @throws KitchenError `missing`, `foreign` or `newer`; what the driver reports else.
 */
export async function prepareSchema(
  link: Link,
  schema: string,
  { create, place }: { create: boolean; place: string },
): Promise<void> {
  const found = await look(link, schema)
  if (found.is_kitchen) {
    if ((await readVersion(link, schema, place)) === migrations.length) return
  } else if (!found.has_tables && !create) {
    throw noKitchen(place)
  } else if (found.has_tables) {
    throw new KitchenError('foreign', `the schema belongs to another program: ${place}`, {
      hint: 'Name another with ?schema=NAME, or with --db NAME.',
    })
  }
  await link.transaction(() => migrate(link, schema, { isThere: found.is_there, place }))
}

async function migrate(
  link: Link,
  schema: string,
  { isThere, place }: { isThere: boolean; place: string },
): Promise<void> {
  await link.script(`SELECT pg_advisory_xact_lock(${MAKERS_LOCK}, hashtext('${schema}'))`, LONG_CALL_MS_MAX)
  // Looked at again under the lock: another process may have done it meanwhile.
  const found = await look(link, schema)
  const version = found.is_kitchen ? await readVersion(link, schema, place) : 0
  if (version === migrations.length) return
  const before = found.is_kitchen
    ? ''
    : `${isThere || found.is_there ? '' : 'CREATE SCHEMA hob.;'} CREATE TABLE hob.kitchen (version int NOT NULL); INSERT INTO hob.kitchen VALUES (0);`
  const after = `UPDATE hob.kitchen SET version = ${migrations.length};`
  const script = [before, ...migrations.slice(version), after].join('\n')
  await link.script(
    inSchema(script, schema).replace(`CREATE SCHEMA "${schema}".`, `CREATE SCHEMA "${schema}"`),
    LONG_CALL_MS_MAX,
  )
}

async function look(link: Link, schema: string): Promise<Found> {
  const [found] = await link.rows<Found>({ name: '', text: LOOK }, [schema])
  return found ?? { is_there: false, is_kitchen: false, has_tables: false }
}

async function readVersion(link: Link, schema: string, place: string): Promise<number> {
  const [row] = await link.rows<{ version: number }>({ name: '', text: `SELECT version FROM "${schema}".kitchen` })
  const version = row?.version ?? 0
  if (version > migrations.length) {
    throw new KitchenError(
      'newer',
      `${place} was made by a newer Hob (schema ${version}, this one knows ${migrations.length})`,
      { hint: 'Update Hob on this machine.' },
    )
  }
  return version
}
