import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { UNPRIVILEGED } from '../user.js'
import { findMariadb } from './programs.mjs'
import { Server, type ServerCommand, type ServerOptions, type ServerPlace } from './server.js'

/** A MariaDB server of a test's own; its user `root` needs no password. It refuses to run as root, so it does not. */
export class MariadbServer extends Server {
  protected readonly readyLine = 'ready for connections'
  protected readonly stopSignal = 'SIGTERM'
  readonly #settings: Readonly<Record<string, string>>

  private constructor(place: ServerPlace, options: ServerOptions) {
    super(place, options)
    this.#settings = options.settings ?? {}
  }

  /** Starts an empty one. Settings are those of its command line, like `{ 'max-connections': '10' }`. */
  static start(options: ServerOptions = {}): Promise<MariadbServer> {
    const isThere = findMariadb() !== undefined
    return Server.startNew(
      { name: 'mariadb-server', isThere, variable: 'HOB_TEST_MARIADB_URL' },
      (place) => new MariadbServer(place, options),
    )
  }

  get url(): string {
    return `mysql://root@${this.host}:${this.port}/mysql`
  }

  get socket(): string {
    return join(this.folder, 'socket')
  }

  protected get uid(): number | undefined {
    return UNPRIVILEGED
  }

  protected override async prepare(): Promise<void> {
    const words = ['--no-defaults', '--skip-test-db', '--skip-name-resolve', '--auth-root-authentication-method=normal']
    const sizes = ['--innodb-log-file-size=4M', '--innodb-flush-log-at-trx-commit=0']
    await promisify(execFile)(findMariadb()?.install ?? '', [...words, ...sizes, `--datadir=${this.#data}`], {
      cwd: this.folder,
      ...this.identity,
    })
  }

  protected get command(): ServerCommand {
    const place = { datadir: this.#data, socket: this.socket, port: `${this.port}`, 'bind-address': this.host }
    const small = {
      'innodb-buffer-pool-size': '32M',
      'innodb-flush-log-at-trx-commit': '2',
      'performance-schema': 'off',
    }
    const all = Object.entries({ ...place, ...small, 'pid-file': join(this.folder, 'pid'), ...this.#settings })
    return {
      file: findMariadb()?.server ?? '',
      args: ['--no-defaults', '--skip-name-resolve', ...all.map(([name, value]) => `--${name}=${value}`)],
    }
  }

  get #data(): string {
    return join(this.folder, 'data')
  }
}
