import { brokerLaws } from '../laws/broker.js'
import { memoryEngine } from '../laws/memory-engine.js'
import { sqliteEngine } from '../laws/sqlite-engine.js'
import { walk } from '../laws/walk.js'

brokerLaws(sqliteEngine)
walk(sqliteEngine, memoryEngine)
