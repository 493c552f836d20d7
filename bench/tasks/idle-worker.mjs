// The worker of tasks/latency.mjs. Processes of one machine share the clock of hrtime.
import { once } from 'node:events'
import { openLibrary } from './library.mjs'

const library = await openLibrary()
const worker = await library.work(({ sentNs }) => {
  process.send((Number(process.hrtime.bigint()) - sentNs) / 1e6)
})
process.send('ready')
await once(process, 'message')
await worker.stop()
await library.close()
process.disconnect()
