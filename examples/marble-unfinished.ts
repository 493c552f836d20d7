// A monitored job that never says `finish`: each marble that it leaves counts as a crash and comes back when its lease ends,
// until it is set aside after three.
import { openMarble } from 'hob'

const marble = await openMarble(process.env.HOB_KITCHEN ?? 'sqlite:.hob/hob.db', { leaseMs: 1_000 })

while (true) {
  const data = await marble.wait('test-monitored')
  console.log(data)
  if (data === 'Test Data: 3') {
    await marble.send('test-monitored', 'This data is at the back of the queue!')
    await marble.expedite('test-monitored', 'This data is at the front of the queue!')
  }
  // await marble.finish()
}
