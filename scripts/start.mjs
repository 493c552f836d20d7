// `npm start`: installs, builds, and shows the main job on the embedded default.
import { build, install } from './install.mjs'

install()
build()
const { tour } = await import('./tour.mjs')
process.exitCode = await tour()
