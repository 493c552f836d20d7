import { brokerLaws } from '../laws/broker.js'
import { memoryEngine } from '../laws/memory-engine.js'

brokerLaws(memoryEngine)
