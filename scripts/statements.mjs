// Makes one typed module of a folder's .sql files: sql/*.sql → statements.generated.ts, migrations/*.sql → a list.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

const NOTE = '// Made by scripts/statements.mjs from the .sql files beside it; edit those.\n'
const byName = (folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
const camelCase = (file) => basename(file, '.sql').replace(/-([a-z])/g, (_, letter) => letter.toUpperCase())
const literal = (folder, file) => JSON.stringify(readFileSync(join(folder, file), 'utf8'))

/** Writes `statements.generated.ts` in `folder`; leaves it untouched when nothing changed, so that builds stay quick. */
export function generateStatements(folder) {
  const statements = byName(join(folder, 'sql')).map(
    (file) => `  ${camelCase(file)}: ${literal(join(folder, 'sql'), file)},\n`,
  )
  const migrations = byName(join(folder, 'migrations')).map(
    (file) => `  ${literal(join(folder, 'migrations'), file)},\n`,
  )
  const names = byName(join(folder, 'sql')).map((file) => `  readonly ${camelCase(file)}: string\n`)
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
