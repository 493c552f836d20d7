import { type Statements, statements } from './statements.generated.js'

/** A statement as the driver takes it: parsed once on each connection, under its name. */
export interface Statement {
  readonly name: string
  readonly text: string
}

type Whole = Omit<Statements, 'partTaken'>

/** Every statement of this engine for one kitchen. */
export type Sql = { readonly [Name in keyof Whole]: Statement }

const { partTaken, ...own } = statements

/** The statements, each with the part that it goes on with. */
const whole: Whole = { ...own, take: own.take + partTaken, takeAll: own.takeAll + partTaken }

/**
 * Puts a kitchen's schema where the files say `hob.` or `hob:schema`, and its channel where they say `hob:channel`. Names
 * are written out and not left to `search_path`, so that statements mean the same on connections that are not ours: a
 * caller's own, or one that a pooler lends.
 *
 * @param schema Checked by `parsePostgresUrl`: it needs no quotes within the quotes.
 */
export const inSchema = (text: string, schema: string): string =>
  text.replace(/\bhob(?:\.|:channel\b|:schema\b)/g, (place) => {
    if (place === 'hob.') return `"${schema}".`
    return place === 'hob:schema' ? schema : channelOf(schema)
  })

/** What a kitchen's wakeups come by. */
export const channelOf = (schema: string): string => `hob:${schema}`

/** The statements of the kitchen in `schema`. */
export function sqlOf(schema: string): Sql {
  const entries = Object.entries(whole).map(([name, text]) => [
    name,
    // Their heads are for readers, not for the server.
    { name: `hob_${name}`, text: inSchema(text.replace(/^--.*\n/gm, ''), schema) },
  ])
  return Object.fromEntries(entries) as Sql
}
