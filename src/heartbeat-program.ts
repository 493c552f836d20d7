import { openBroker } from './engines.js'
import { keepLeases } from './queue/heartbeat-thread.js'

// The whole program of the heartbeat's thread; the build makes one file of it.
void keepLeases(openBroker)
