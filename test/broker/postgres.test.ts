import { brokerLaws } from '../laws/broker.js'
import { memoryEngine } from '../laws/memory-engine.js'
import { postgresEngine } from '../laws/postgres-engine.js'
import { walk } from '../laws/walk.js'

brokerLaws(postgresEngine)
walk(postgresEngine, memoryEngine)
