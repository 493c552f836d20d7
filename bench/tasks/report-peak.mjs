// Loaded into a process with `node --import`: tells its peak memory when it ends. From /proc, because getrusage counts
// what the process was before it became this program.
import { readFileSync, writeFileSync } from 'node:fs'

process.on('exit', () => {
  const [, kb] = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))
  writeFileSync(process.env.BENCH_PEAK_FILE, kb)
})
