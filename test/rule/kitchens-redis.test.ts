import { redisKitchen } from '../support/servers/scratch-kitchen.js'
import { kitchenLaws } from './kitchen-laws.js'

kitchenLaws('Redis', redisKitchen)
