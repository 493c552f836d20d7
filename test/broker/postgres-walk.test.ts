import { memoryEngine } from '../laws/memory-engine.js'
import { postgresEngine } from '../laws/postgres-engine.js'
import { walk } from '../laws/walk.js'

// The longest test of all servers: in a file of its own it goes beside the laws.
walk(postgresEngine, memoryEngine)
