import { formatBytes } from '../core/bytes.js'
import { formatCount, plural } from '../core/count.js'
import type { Params } from '../rule/rule.js'
import type { Output } from './print/output.js'
import { visible } from './print/visible.js'
import type { NamedRule } from './rule-module.js'
import type { Sources } from './rule-sources.js'

/** Tells what a rule would run over, and with what: for `--just-query`. */
export function tellQuery(
  { id, definition, keyset }: NamedRule,
  { sources, params, json, out }: { sources: Sources; params: Params; json: boolean; out: Output },
): void {
  const keysets = keyset === null ? definition.keysets.map(({ name }) => name) : [keyset]
  const all = { ...definition.params, ...params }
  if (json) {
    const { tags, files, fedFiles, bytes } = sources
    out.json({ rule: id, keysets, minBlobs: definition.minBlobs, tags, files, fedFiles, bytes, params: all })
    return
  }
  const named = keysets.filter((each) => !each.startsWith('_'))
  out.line(`${id}${named.length > 0 ? `: ${plural(named.length, 'keyset')}, ${named.join(', ')}` : ''}`)
  for (const { rule, tags, blobs, waiting } of sources.tags) {
    const whose = rule === definition.name ? '' : ` for ${rule}`
    const left = waiting > blobs.length ? ` of ${plural(waiting, 'blob')}` : ''
    out.line(`${plural(blobs.length, 'blob')}${left} of ${visible(tags.join(', '))}${whose}`)
  }
  if (sources.tags.length > 0 && waitingOf(sources) < definition.minBlobs) {
    out.line(`fewer than its minBlobs, ${formatCount(definition.minBlobs)}: it runs with -f`)
  }
  for (const file of [...sources.files, ...sources.fedFiles]) out.line(visible(file))
  out.line(`${formatBytes(sources.bytes)} to read`)
  if (Object.keys(all).length > 0) out.line(`parameters ${visible(JSON.stringify(all))}`)
}

/** Blobs that wait to be run, of the rule and of those that it reads. */
export const waitingOf = ({ tags }: Pick<Sources, 'tags'>): number =>
  tags.reduce((sum, { waiting }) => sum + waiting, 0)
