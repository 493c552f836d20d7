import { constants } from 'node:os'

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(constants.signals).map(([name, n]) => [n, name]))

/** The name of a signal by its number on this system, like `SIGKILL`; `SIG34` for one that has none. */
export const signalName = (number: number): string => NAMES.get(number) ?? `SIG${number}`
