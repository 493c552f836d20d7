import { randomUUID } from 'node:crypto'
import { sharedPostgresUrl } from '../support/servers/shared.js'
import { marbleLaws } from './marble-laws.js'

const name = () => `marble_${randomUUID().replaceAll('-', '').slice(0, 20)}`

marbleLaws('postgres', async () => `${await sharedPostgresUrl()}?schema=${name()}`)
