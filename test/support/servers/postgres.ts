import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { UNPRIVILEGED } from '../user.js'
import { findPostgres } from './programs.mjs'
import { Server, type ServerCommand, type ServerOptions, type ServerPlace } from './server.js'

/**
 * A PostgreSQL server of a test's own. Its superuser `hob` needs no password; a user `guarded`, whom a test may make, does. It refuses
 * to run as root, so it does not.
 */
export class PostgresServer extends Server {
  protected readonly readyLine = 'database system is ready to accept connections'
  /** Fast shutdown: it does not wait for clients to leave. */
  protected readonly stopSignal = 'SIGINT'
  readonly #settings: Readonly<Record<string, string>>

  private constructor(place: ServerPlace, options: ServerOptions) {
    super(place, options)
    this.#settings = options.settings ?? {}
  }

  /** Starts an empty one. Settings are those of postgresql.conf, like `{ max_connections: '10', fsync: 'off' }`. */
  static start(options: ServerOptions = {}): Promise<PostgresServer> {
    const isThere = findPostgres() !== undefined
    return Server.startNew(
      { name: 'postgresql', isThere, variable: 'HOB_TEST_POSTGRES_URL' },
      (place) => new PostgresServer(place, options),
    )
  }

  get url(): string {
    return `postgres://hob@${this.host}:${this.port}/postgres`
  }

  get socket(): string {
    return join(this.folder, `.s.PGSQL.${this.port}`)
  }

  protected get uid(): number | undefined {
    return UNPRIVILEGED
  }

  protected override async prepare(): Promise<void> {
    const words = ['--no-sync', '--username=hob', '--auth=trust', '--encoding=UTF8', '--locale=C', '-D', this.#data]
    await promisify(execFile)(program('initdb'), words, { cwd: this.folder, ...this.identity })
    const access = join(this.#data, 'pg_hba.conf')
    // Beside 127.0.0.1 it may listen on a network that a test made.
    const lines = ['host all guarded all scram-sha-256', await readFile(access, 'utf8'), 'host all all samenet trust']
    await writeFile(access, `${lines.join('\n')}\n`)
  }

  protected get command(): ServerCommand {
    const settings = { listen_addresses: this.host, port: `${this.port}`, unix_socket_directories: this.folder }
    const all = Object.entries({ ...settings, ...this.#settings })
    return {
      file: program('postgres'),
      args: ['-D', this.#data, ...all.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    }
  }

  get #data(): string {
    return join(this.folder, 'data')
  }
}

const program = (name: string): string => join(findPostgres() ?? '', name)
