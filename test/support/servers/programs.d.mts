/** The path of a program in PATH or among those of the superuser; undefined when it is not installed. */
export function findProgram(name: string): string | undefined

/** The folder with `initdb` and `postgres`, of the newest version; undefined when they are not installed. */
export function findPostgres(): string | undefined

/** MariaDB's server, and the program that makes its first files; undefined when they are not installed. */
export function findMariadb(): { readonly server: string; readonly install: string } | undefined
