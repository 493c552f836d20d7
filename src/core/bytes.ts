const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

/** A number of bytes in the largest unit that it fills: `512 B`, `16 MiB`, `1.5 GiB`. */
export function formatBytes(bytes: number): string {
  const step = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1)
  const size = bytes / 1024 ** step
  return `${step === 0 || size >= 10 ? Math.round(size) : Number(size.toFixed(1))} ${UNITS[step]}`
}
