import { ArgumentError } from './errors.js'

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

/** A number of bytes in the largest unit that it fills: `512 B`, `16 MiB`, `1.5 GiB`. */
export function formatBytes(bytes: number): string {
  const step = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1)
  const size = bytes / 1024 ** step
  return `${step === 0 || size >= 10 ? Math.round(size) : Number(size.toFixed(1))} ${UNITS[step]}`
}

const UNIT_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
}

/**
 * Bytes of a size as people type it: `512MB` (10^6), `64MiB`, `1.5g` (2^30), `4096`.
 *
 * @throws ArgumentError when the text is no size.
 */
export function parseBytes(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i.exec(text.trim()) ?? []
  const each = UNIT_BYTES[unit.toLowerCase()]
  if (number === undefined || each === undefined) {
    throw new ArgumentError(`'${text}' is not a size`, { hint: 'Write it like 512MB, 64MiB or 1.5GB.' })
  }
  return Math.round(Number(number) * each)
}
