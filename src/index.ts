export { type Kitchen, openKitchen } from './kitchen.js'
