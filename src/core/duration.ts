import { ArgumentError } from './errors.js'

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * Milliseconds of a duration as people type it: `500ms`, `30s`, `1.5h`, `2d`, `1h30m`; a bare number is seconds.
 *
 * @throws ArgumentError when the text is no duration.
 */
export function parseDurationMs(text: string): number {
  const bare = /^\d+(\.\d+)?$/.test(text)
  const parts = bare ? [`${text}s`] : (text.match(/\d+(\.\d+)?(ms|[smhd])/g) ?? [])
  if (parts.length === 0 || (!bare && parts.join('') !== text)) {
    throw new ArgumentError(`'${text}' is not a duration`, { hint: 'Write it like 500ms, 30s, 5m, 1.5h, 2d or 1h30m.' })
  }
  return Math.round(parts.reduce((sumMs, part) => sumMs + partMs(part), 0))
}

function partMs(part: string): number {
  const unit = part.replace(/[\d.]/g, '')
  return Number.parseFloat(part) * (UNITS_MS[unit] ?? 0)
}

/** A duration in the two largest units that it fills: `0.4s`, `12s`, `3m 20s`, `2h 5m`, `3d 4h`. */
export function formatDuration(ms: number): string {
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)}s`
  const seconds = Math.round(ms / 1_000)
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3_600) % 24,
    Math.floor(seconds / 60) % 60,
  ]
  if (days > 0) return `${days}d ${hours}h`
  if (hours > 0) return `${hours}h ${minutes}m`
  if (minutes > 0) return `${minutes}m ${seconds % 60}s`
  return `${seconds}s`
}

/** In the largest unit that says it exactly, so that it can be typed again: `7d`, `90s`, `1500ms`. */
export function exactDuration(ms: number): string {
  const [unit, unitMs] = Object.entries(UNITS_MS).findLast(([, each]) => ms > 0 && ms % each === 0) ?? ['ms', 1]
  return `${ms / unitMs}${unit}`
}
