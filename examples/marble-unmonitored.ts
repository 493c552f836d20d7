// An unmonitored job: its data is done as soon as it is handed out. When the script dies or hangs, the data is gone with it.
import { openMarble } from 'hob'

const marble = await openMarble(process.env.HOB_KITCHEN ?? 'sqlite:.hob/hob.db')
marble.monitored = false

while (true) {
  const data = await marble.wait('test-unmonitored')
  console.log(data)
}
