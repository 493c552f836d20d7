import type { NodeRole } from '../queue/presence.js'
import { type Command, defineCommand } from './command.js'
import { EXIT_OK } from './exit-codes.js'
import { NODE_COLUMNS, NODE_COLUMNS_SHOWN, type NodeColumnName, nodesLines, sortNodes } from './nodes-lines.js'
import { viewNodes } from './nodes-view.js'
import { flag, oneOf, option, optionWith, someOf } from './option.js'

const ROLES = ['waiter', 'worker', 'marble', 'monitor', 'loader', 'rules'] as const satisfies readonly NodeRole[]

/** `hob nodes`. */
export const nodes: Command = defineCommand({
  args: [],
  options: {
    watch: flag('-w, --watch', 'Show it again twice a second, until Ctrl-C.'),
    role: option('--role <role>', 'Only waiter, worker, marble, monitor, loader or rules.', oneOf(ROLES)),
    columns: optionWith('--columns <names>', `Show these, in this order: ${NODE_COLUMNS.join(',')}.`, {
      ...someOf(NODE_COLUMNS),
      initial: NODE_COLUMNS_SHOWN,
    }),
    sort: optionWith<NodeColumnName>('--sort <column>', 'By this column; numbers from the largest on.', {
      ...oneOf(NODE_COLUMNS),
      initial: 'host',
    }),
  },
  examples: [
    { line: 'hob nodes', says: 'Who is at work, and on what.' },
    { line: 'hob nodes --role marble --sort up', says: 'Scripts, the oldest first.' },
    { line: 'hob nodes --watch --columns name,message,ops,seen', says: 'A live table of what they report.' },
    { line: "hob nodes --json | jq '.[] | select(.isGone).name'", says: 'For a script; durations are milliseconds.' },
  ],
  notes: `SEEN: when it last wrote its record, by the clock of the kitchen; an idle node does so each second lease (30s).
gone: its process, on this machine, has ended. A node that died is shown until its record ends, four leases (60s) later.`,
  async run({ options: { watch, role, columns, sort }, globals: { json }, terminal, openBroker }) {
    const broker = await openBroker({ create: false })
    const look = async () => {
      const all = await viewNodes(broker)
      return sortNodes(
        all.filter((node) => role === undefined || node.role === role),
        sort,
      )
    }
    if (watch) {
      const { watchView } = await import('./view-watch.js')
      return watchView({ look, tell: (view, paint) => nodesLines(view, columns, paint), json }, terminal)
    }
    const view = await look()
    if (json) terminal.out.json(view)
    else for (const line of nodesLines(view, columns, terminal.out.paint)) terminal.out.line(line)
    return EXIT_OK
  },
})
