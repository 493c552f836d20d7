import { plural } from '../core/count.js'
import type { LoadCount } from '../orders/load-error.js'

/** What became of one file. */
export interface FileReport extends LoadCount {
  readonly name: string
}

/** What became of all of them. */
export function sumOf(reports: readonly FileReport[]): Omit<LoadCount, 'lastLine'> {
  const total = (name: 'loaded' | 'alreadyThere' | 'bad') => reports.reduce((sum, report) => sum + report[name], 0)
  return { loaded: total('loaded'), alreadyThere: total('alreadyThere'), bad: total('bad') }
}

/** A load in sentences: one for all files, and one for each that was empty. */
export function tellLoad(
  reports: readonly FileReport[],
  { queue, badRowFile = '' }: { readonly queue: string; readonly badRowFile: string | undefined },
): readonly string[] {
  const { loaded, alreadyThere, bad } = sumOf(reports)
  const parts = [`loaded ${plural(loaded, 'order')} into ${queue}`]
  if (alreadyThere > 0) parts.push(`${plural(alreadyThere, 'row')} skipped as already there`)
  if (bad > 0) parts.push(`${plural(bad, 'bad row')} set aside in ${badRowFile}`)
  const empty = reports.filter((report) => report.loaded + report.alreadyThere + report.bad === 0)
  return [parts.join(', '), ...empty.map(({ name }) => `${name} has no orders`)]
}
