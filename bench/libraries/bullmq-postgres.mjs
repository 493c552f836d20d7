export { openPostgres as open } from './bullmq.mjs'
