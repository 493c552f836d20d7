import { memoryEngine } from '../laws/memory-engine.js'
import { eagerPostgresEngine } from '../laws/postgres-engine.js'
import { walk } from '../laws/walk.js'

// In a file of its own it goes beside the other walk, which is the longest test of all on servers.
walk(eagerPostgresEngine, memoryEngine)
