import { inject } from 'vitest'

/** The URL of a Redis that all tests of this run share: keep to a corner of your own. HOB_TEST_REDIS_URL names another. */
export const sharedRedisUrl = (): Promise<string> => ask('/redis')

/**
 * The URL of a PostgreSQL that all tests of this run share, with the rights of a superuser: keep to a schema or database of
 * your own. HOB_TEST_POSTGRES_URL names another.
 */
export const sharedPostgresUrl = (): Promise<string> => ask('/postgres')

/**
 * The URL of a MariaDB that all tests of this run share, with all rights: keep to a database of your own. HOB_TEST_MARIADB_URL
 * names another.
 */
export const sharedMariadbUrl = (): Promise<string> => ask('/mariadb')

async function ask(path: string): Promise<string> {
  const response = await fetch(`${inject('serverOffice')}${path}`)
  const answer = await response.text()
  if (!response.ok) throw new Error(answer)
  return answer
}
