import { brokerLaws } from '../laws/broker.js'
import { memoryEngine } from '../laws/memory-engine.js'
import { redisEngine } from '../laws/redis-engine.js'
import { walk } from '../laws/walk.js'

brokerLaws(redisEngine)
walk(redisEngine, memoryEngine)
