import { POSTGRES } from '../../support/servers/kinds.js'
import { badLineLaws } from './bad-line-laws.js'

badLineLaws(POSTGRES)
