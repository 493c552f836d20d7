// One of several processes of tasks/work-together.mjs.
import { once } from 'node:events'
import { openLibrary } from './library.mjs'
import { startClock } from './task.mjs'

const library = await openLibrary()
let handled = 0
process.send('ready')
await once(process, 'message')
const clock = startClock()
const worker = await library.work(() => {
  handled++
})
await once(process, 'message')
await worker.stop()
const { cpuUs } = clock(1)
process.send({ handled, cpuUs })
await library.close()
process.disconnect()
