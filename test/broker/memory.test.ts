import { brokerLaws } from '../laws/broker.js'
import { memoryEngine } from '../laws/memory-engine.js'
import { walk } from '../laws/walk.js'

brokerLaws(memoryEngine)
walk(memoryEngine)
