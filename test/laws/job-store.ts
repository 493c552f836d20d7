import type { EngineUnderTest } from './engine.js'
import { leaseLaws } from './leases.js'
import { outcomeLaws } from './outcomes.js'
import { sendingLaws } from './sending.js'
import { stepLaws } from './steps.js'
import { sweepLaws } from './sweeping.js'

/** What the port through which all work passes means. */
export function jobStoreLaws(engine: EngineUnderTest): void {
  sendingLaws(engine)
  leaseLaws(engine)
  outcomeLaws(engine)
  stepLaws(engine)
  sweepLaws(engine)
}
