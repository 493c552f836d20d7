// One of several processes of tasks/work-together.mjs.
import { once } from 'node:events'
import { openKitchen } from '#hob/index.js'
import { kitchenUrl } from './task.mjs'

const kitchen = await openKitchen(kitchenUrl)
let handled = 0
process.send('ready')
await once(process, 'message')
const worker = kitchen.queue('q').work(
  async () => {
    handled++
  },
  { concurrency: 10 },
)
await once(process, 'message')
await worker.stop()
await kitchen.close()
process.send(handled)
process.disconnect()
