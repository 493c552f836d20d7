import { brokerLaws } from '../laws/broker.js'
import { sqliteEngine } from '../laws/sqlite-engine.js'

brokerLaws(sqliteEngine)
