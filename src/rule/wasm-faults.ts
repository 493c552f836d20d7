import { HobError } from '../core/errors.js'
import { scanProgram } from './groups/scan-program.js'
import { quotesProgram } from './map/balanced-lines.js'

/** What of WebAssembly cannot be run here, and what to do: for people, since a run goes another way, which is slower. */
export function wasmFaults(): readonly string[] {
  return [scanProgram, quotesProgram].flatMap((start) => {
    try {
      start()
      return []
    } catch (error) {
      if (!(error instanceof HobError)) throw error
      return [`${error.message}; a slower way is taken. ${error.hint ?? ''}`.trimEnd()]
    }
  })
}
