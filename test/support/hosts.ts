import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { findProgram } from './servers/programs.mjs'

const IP = findProgram('ip') ?? 'ip'

/** Why this machine cannot play several hosts; undefined when it can. */
export function whyNoHosts(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are a thing of Linux'
  if (process.getuid?.() !== 0) return 'only root may make network namespaces'
  const lacking = ['ip', 'nsenter', 'unshare'].find((name) => findProgram(name) === undefined)
  if (lacking !== undefined) return `the program ${lacking} is not installed (Debian: iproute2, util-linux)`
  try {
    // Both may be forbidden to a container: the namespace, and an interface within.
    execFileSync('unshare', ['--net', IP, 'link', 'add', 'probe', 'type', 'veth'], { stdio: 'pipe' })
    return undefined
  } catch (error) {
    return `the machine does not allow network namespaces: ${String(error)}`
  }
}

/**
 * A host of its own as far as the network goes. Its namespace has no name and hangs on a process that ends with this one,
 * so nothing of it is left, however the tests end.
 */
class Host {
  readonly address: string
  readonly #pid: number
  readonly #end: () => Promise<unknown>

  private constructor(address: string, pid: number, end: () => Promise<unknown>) {
    this.address = address
    this.#pid = pid
    this.#end = end
  }

  static async start(address: string): Promise<Host> {
    const holder = spawn('unshare', ['--net', 'sh', '-c', 'echo; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] })
    const ended = once(holder, 'close')
    await once(holder.stdout, 'data')
    const host = new Host(address, holder.pid ?? 0, () => {
      holder.stdin.end()
      return ended
    })
    host.ip('link', 'set', 'lo', 'up')
    return host
  }

  /** The words before a command that runs on this host. */
  get within(): readonly string[] {
    return ['nsenter', `--net=/proc/${this.#pid}/ns/net`]
  }

  /** Names it to `ip link`. */
  get pid(): string {
    return `${this.#pid}`
  }

  ip(...words: readonly string[]): void {
    const [first = '', ...rest] = [...this.within, IP, ...words]
    execFileSync(first, rest, { stdio: ['ignore', 'pipe', 'inherit'] })
  }

  end(): Promise<unknown> {
    return this.#end()
  }
}

export type { Host }

/** Hosts on one network that leads nowhere else; the first of them holds the switch. */
export class Hosts {
  readonly first: Host
  readonly others: readonly Host[]

  private constructor(first: Host, others: readonly Host[]) {
    this.first = first
    this.others = others
  }

  static async start(count: number): Promise<Hosts> {
    const [first, ...others] = await Promise.all(
      Array.from({ length: count }, (_, n) => Host.start(`10.77.0.${n + 1}`)),
    )
    if (first === undefined) throw new RangeError('at least one host')
    first.ip('link', 'add', 'switch', 'type', 'bridge')
    first.ip('addr', 'add', `${first.address}/24`, 'dev', 'switch')
    first.ip('link', 'set', 'switch', 'up')
    for (const [at, host] of others.entries()) {
      const port = `port${at}`
      first.ip('link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', host.pid)
      first.ip('link', 'set', port, 'master', 'switch', 'up')
      host.ip('addr', 'add', `${host.address}/24`, 'dev', 'eth0')
      host.ip('link', 'set', 'eth0', 'up')
    }
    return new Hosts(first, others)
  }

  /** Pulls the plug of one of the others at the switch: it is not told, and nothing of what it says arrives. */
  cut(host: Host): void {
    this.first.ip('link', 'set', this.#port(host), 'nomaster')
  }

  join(host: Host): void {
    this.first.ip('link', 'set', this.#port(host), 'master', 'switch')
  }

  /** Ends the network; whatever runs on a host keeps it until it ends. */
  async end(): Promise<void> {
    await Promise.all([this.first, ...this.others].map((host) => host.end()))
  }

  #port(host: Host): string {
    return `port${this.others.indexOf(host)}`
  }
}
