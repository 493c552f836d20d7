import { dayOfTag } from './day-range.js'

/** What an archive tag begins with unless the rule says otherwise. */
export const ARCHIVE_PREFIX = 'processed'

/** What tags of records that were set aside begin with. */
export const REJECTED_PREFIX = 'rejected'

/**
 * The tag that blobs of `tag` stand under once they were counted: its first part, up to `:`, replaced. A tag that begins with the prefix
 * already is its own archive.
 *
 * @example archiveTagOf('incoming:server01:chunk:task', 'processed') // 'processed:server01:chunk:task'
 */
export function archiveTagOf(tag: string, prefix: string): string {
  if (beginsWithPart(tag, prefix)) return tag
  const end = tag.indexOf(':')
  return end < 0 ? prefix : `${prefix}${tag.slice(end)}`
}

/** Whether `tag` is `part`, or goes on with a `:` behind it. */
export const beginsWithPart = (tag: string, part: string): boolean => tag === part || tag.startsWith(`${part}:`)

/** The newest of some tags: those without a day, which are still added to, then by the day at their end, then by name. */
export function newestTags(tags: readonly string[], countMax: number): readonly string[] {
  const rank = (tag: string): string => `${dayOfTag(tag) ?? '9999-99-99'} ${tag}`
  return [...tags].sort((a, b) => (rank(a) < rank(b) ? 1 : -1)).slice(0, countMax)
}
