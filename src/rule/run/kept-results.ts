import { basename, join } from 'node:path'
import { temporaryFolder } from '../../queue/temporary-folder.js'
import { linkOrCopy } from '../link-or-copy.js'
import type { ResultFile } from '../result-file.js'

/** Result files of a run that a person reads, in a folder of their own: that of the run goes when the run ends. */
export interface KeptResults {
  readonly folder: string
  readonly results: readonly ResultFile[]
  readonly badFiles: readonly string[]
}

/** Gives the files of a run a second name in a temporary folder, or copies them there. */
export async function keepResults(results: readonly ResultFile[], badFiles: readonly string[]): Promise<KeptResults> {
  const folder = await temporaryFolder('results')
  const keep = async (file: string, at: number): Promise<string> => {
    const name = join(folder, `${at}-${basename(file)}`)
    await linkOrCopy(file, name)
    return name
  }
  return {
    folder,
    results: await Promise.all(results.map(async (each, at) => ({ ...each, file: await keep(each.file, at) }))),
    badFiles: await Promise.all(badFiles.map((file, at) => keep(file, results.length + at))),
  }
}
