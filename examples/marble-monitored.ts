// A monitored job: waits for data, processes it and routes it to other queues. A script that dies or hangs after `wait` gives
// its marble back, so nothing is lost.
import { openMarble } from 'hob'

const marble = await openMarble(process.env.HOB_KITCHEN ?? 'sqlite:.hob/hob.db')

while (true) {
  const data = await marble.wait('test-monitored')
  console.log(data)
  if (data === 'Test Data: 1') await marble.elevate('test-monitored', 'sending this to a higher run!')
  if (data === 'Test Data: 3') {
    await marble.send('test-monitored', 'This data is at the back of the queue!')
    await marble.expedite('test-monitored', 'This data is at the front of the queue!')
  }
  await marble.finish()
}
