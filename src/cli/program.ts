/** The whole command line behind `main.ts`. The build makes one file of this module and all that it needs. */
export { runCommandLine } from './run.js'
export { processTerminal } from './terminal.js'
