// Makes one typed module of an engine's .sql or .lua files: sql/*.sql or lua/*.lua → statements.generated.ts, with
// migrations/*.sql as a list.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { extname, join } from 'node:path'

const NOTE = '// Made by scripts/statements.mjs from the files beside it; edit those.\n'

/** The files of a folder by name; none when it is not there. */
const filesIn = (folder) => (existsSync(folder) ? readdirSync(folder).sort() : []).map((file) => join(folder, file))
const camelCase = (file) =>
  file.slice(file.lastIndexOf('/') + 1, -extname(file).length).replace(/-([a-z])/g, (_, letter) => letter.toUpperCase())
const literal = (file) => JSON.stringify(readFileSync(file, 'utf8'))

/** Writes `statements.generated.ts` in `folder`; leaves it untouched when nothing changed, so that builds stay quick. */
export function generateStatements(folder) {
  const files = [...filesIn(join(folder, 'sql')), ...filesIn(join(folder, 'lua'))]
  const names = files.map((file) => `  readonly ${camelCase(file)}: string\n`)
  const statements = files.map((file) => `  ${camelCase(file)}: ${literal(file)},\n`)
  const migrations = filesIn(join(folder, 'migrations')).map((file) => `  ${literal(file)},\n`)
  const text = `${NOTE}
export interface Statements {
${names.join('')}}

export const statements: Statements = {
${statements.join('')}}

/** In order; the schema's version is how many of them were applied. */
export const migrations: readonly string[] = [
${migrations.join('')}]
`
  const target = join(folder, 'statements.generated.ts')
  if (!existsSync(target) || readFileSync(target, 'utf8') !== text) writeFileSync(target, text)
}
