import { openMemory } from '#hob/broker/memory/memory.js'
import { MemoryStore } from '#hob/broker/memory/store.js'
import { VirtualClock } from '#hob/core/clock.js'
import type { EngineUnderTest } from './engine.js'

/** The memory engine on a virtual clock: it keeps every law, and is what other engines are compared with. */
export const memoryEngine: EngineUnderTest = {
  name: 'memory',
  exempt: {},
  async open() {
    const clock = new VirtualClock()
    const store = new MemoryStore()
    let broker = openMemory({ clock, store })
    return {
      broker,
      async pass(ms) {
        clock.pass(ms)
      },
      async reopen() {
        await broker.close()
        broker = openMemory({ clock, store })
        return broker
      },
      dispose: () => broker.close(),
    }
  },
}
