import fs from 'fs'
import { openKitchen } from '/work/main/dist/kitchen.js'

const k = await openKitchen('sqlite:.hob/hob.db')
await k.queue('orders').sendMany(
  fs
    .readdirSync('/dev')
    .slice(0, +process.argv[2])
    .map((x) => [x]),
)
await k.close()
