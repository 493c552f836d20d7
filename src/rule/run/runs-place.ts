import { rm } from 'node:fs/promises'
import { keepTemporary, temporaryFolder } from '../../queue/temporary-folder.js'
import { RunFolder } from './run-folder.js'
import type { RunRequest } from './run-request.js'

/** Where runs of one request have their folders, and what stays of them. */
export class RunsPlace {
  readonly folder: string
  /** Made for the request, and to be removed. */
  #isTemporary: boolean

  private constructor(folder: string, isTemporary: boolean) {
    this.folder = folder
    this.#isTemporary = isTemporary
  }

  /** The folder that was named, or that of the store, or else a temporary one. */
  static async of({ runsFolder, store }: Pick<RunRequest, 'runsFolder' | 'store'>): Promise<RunsPlace> {
    const given = runsFolder ?? store?.runsFolder
    return given === undefined ? new RunsPlace(await temporaryFolder('runs'), true) : new RunsPlace(given, false)
  }

  /** Lets stay what is kept in it, also when this process ends. */
  async keep(): Promise<void> {
    if (this.#isTemporary) await keepTemporary(this.folder)
    this.#isTemporary = false
  }

  /** Removes what a run left that only this process knew, unless it is to be kept. Safe twice. */
  async remove(run: string): Promise<void> {
    if (this.#isTemporary) await rm(this.folder, { recursive: true, force: true, maxRetries: 3 })
    else if (run !== '') {
      const folder = new RunFolder(this.folder, run)
      if (!(await folder.isKept())) await folder.remove()
    }
  }
}
