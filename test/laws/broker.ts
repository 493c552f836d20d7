import { argumentLaws } from './arguments.js'
import { controlLaws } from './control.js'
import { type EngineUnderTest, exemptionsExist } from './engine.js'
import { jobStoreLaws } from './job-store.js'
import { recordsLaws } from './records.js'
import { transactionsLaws } from './transactions.js'
import { wakeupsLaws } from './wakeups.js'

/** Every law of every port. An engine is done when it keeps them. */
export function brokerLaws(engine: EngineUnderTest): void {
  jobStoreLaws(engine)
  recordsLaws(engine)
  wakeupsLaws(engine)
  transactionsLaws(engine)
  controlLaws(engine)
  argumentLaws(engine)
  exemptionsExist(engine)
}
