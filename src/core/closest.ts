/**
 * The candidate that a mistyped word most likely meant: at most a third of its characters differ, upper and lower case
 * being the same.
 *
 * @returns undefined when none is close.
 */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  const typed = word.toLowerCase()
  const distances = candidates.map((candidate) => ({ candidate, distance: distanceOf(typed, candidate.toLowerCase()) }))
  const [best] = distances.sort((a, b) => a.distance - b.distance)
  return best !== undefined && best.distance <= Math.ceil(typed.length / 3) ? best.candidate : undefined
}

/** Characters to insert, delete or replace to make one word of the other (Levenshtein, 1965), a row of the table at a time. */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (const [line, letter] of [...a].entries()) {
    const next = [line + 1]
    for (let at = 1; at <= b.length; at++) {
      const replaced = (row[at - 1] ?? 0) + (letter === b[at - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
