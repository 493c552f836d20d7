/** What functions ask for that is not of their record: with it they may give something else for the same one. */
export type World = 'the time' | 'chance'

/**
 * Runs what must not wait, and tells what of the world it asked for: by `Date`, `Math.random` and `crypto`, as most do. The globals
 * are watched meanwhile, and as they were afterwards.
 */
export function askedOfWorld(run: () => void): ReadonlySet<World> {
  const asked = new Set<World>()
  const OwnDate = Date
  const { now } = Date
  const { random } = Math
  const { randomUUID, getRandomValues } = crypto
  Math.random = () => {
    asked.add('chance')
    return random()
  }
  crypto.randomUUID = () => {
    asked.add('chance')
    return randomUUID.call(crypto)
  }
  crypto.getRandomValues = (values) => {
    asked.add('chance')
    return getRandomValues.call(crypto, values) as typeof values
  }
  Date.now = () => {
    asked.add('the time')
    return now()
  }
  globalThis.Date = new Proxy(OwnDate, {
    construct(target, args, newTarget) {
      if (args.length === 0) asked.add('the time')
      return Reflect.construct(target, args, newTarget === globalThis.Date ? target : newTarget) as object
    },
    apply(target) {
      asked.add('the time')
      return Reflect.apply(target, undefined, [])
    },
  })
  try {
    run()
  } finally {
    globalThis.Date = OwnDate
    Object.assign(Date, { now })
    Object.assign(Math, { random })
    Object.assign(crypto, { randomUUID, getRandomValues })
  }
  return asked
}
