import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { systemClock, VirtualClock } from '#hob/core/clock.js'

describe('the virtual clock', () => {
  test('moves only when told to', () => {
    const clock = new VirtualClock(5_000)
    assert.equal(clock.nowMs(), 5_000)
    clock.pass(1)
    assert.equal(clock.nowMs(), 5_001)
    clock.pass(-1_001)
    assert.equal(clock.nowMs(), 4_000)
  })

  test('runs what falls due, in the order of its time, each at its own time', () => {
    const clock = new VirtualClock(0)
    const heard: [string, number][] = []
    const hear = (name: string) => (): void => {
      heard.push([name, clock.nowMs()])
    }
    clock.after(20, hear('late'))
    clock.after(10, hear('early'))
    clock.after(10, hear('early too'))
    clock.after(31, hear('never'))
    clock.pass(30)
    assert.deepEqual(heard, [
      ['early', 10],
      ['early too', 10],
      ['late', 20],
    ])
    assert.equal(clock.nowMs(), 30)
  })

  test('runs what a callback sets for the time that passes', () => {
    const clock = new VirtualClock(0)
    let ticks = 0
    const tick = (): void => {
      ticks += 1
      clock.after(10, tick)
    }
    clock.after(10, tick)
    clock.pass(35)
    assert.equal(ticks, 3)
  })

  test('leaps: what falls due on the way sees the end of it, in the order of its time', () => {
    const clock = new VirtualClock(0)
    const heard: [string, number][] = []
    clock.after(20, () => heard.push(['late', clock.nowMs()]))
    clock.after(10, () => heard.push(['early', clock.nowMs()]))
    clock.after(31, () => heard.push(['never', clock.nowMs()]))
    clock.leap(30)
    assert.deepEqual(heard, [
      ['early', 30],
      ['late', 30],
    ])
  })

  test('runs nothing twice, nothing cancelled, and nothing when time turns back', () => {
    const clock = new VirtualClock(0)
    let calls = 0
    const call = (): void => {
      calls += 1
    }
    clock.after(10, call)
    clock.after(10, call)()
    clock.pass(-5)
    assert.equal(calls, 0)
    clock.pass(15)
    clock.pass(15)
    assert.equal(calls, 1)
  })

  test('counts a wait from now, and takes a negative one for none', () => {
    const clock = new VirtualClock(0)
    let isCalled = false
    clock.pass(100)
    clock.after(-50, () => {
      isCalled = true
    })
    clock.pass(0)
    assert.ok(isCalled)
  })
})

describe('the system clock', () => {
  test('tells the time since 1970', () => {
    const before = Date.now()
    const nowMs = systemClock.nowMs()
    assert.ok(before <= nowMs && nowMs <= Date.now())
  })

  test('calls back, and cancels', async () => {
    let isCancelledCalled = false
    systemClock.after(0, () => {
      isCancelledCalled = true
    })()
    await new Promise<void>((resolve) => systemClock.after(1, resolve))
    assert.equal(isCancelledCalled, false)
  })

  test('does not fire at once for a wait beyond 32 bits', async () => {
    let isCalled = false
    const cancel = systemClock.after(2 ** 31 + 1, () => {
      isCalled = true
    })
    await new Promise<void>((resolve) => systemClock.after(5, resolve))
    cancel()
    assert.equal(isCalled, false)
  })
})
