import { REDIS } from '../../support/servers/kinds.js'
import { badLineLaws } from './bad-line-laws.js'

badLineLaws(REDIS)
