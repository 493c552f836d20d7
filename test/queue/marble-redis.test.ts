import { randomUUID } from 'node:crypto'
import { sharedRedisUrl } from '../support/servers/shared.js'
import { marbleLaws } from './marble-laws.js'

marbleLaws('redis', async () => `${await sharedRedisUrl()}/marble-${randomUUID()}`)
