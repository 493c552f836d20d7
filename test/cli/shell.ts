import { execFile } from 'node:child_process'
import { dirname } from 'node:path'
import { HOB } from './hob.js'

/** Runs a script of bash, in which `hob` is the real program, without the settings of whoever runs the tests. */
export function shell(script: string, cwd: string): Promise<{ readonly out: string; readonly err: string }> {
  const path = `${dirname(process.execPath)}:${process.env.PATH}`
  const whole = `hob() { '${process.execPath}' '${HOB}' "$@"; }\n${script}`
  return new Promise((resolve) => {
    execFile('bash', ['--norc', '-c', whole], { cwd, env: { PATH: path } }, (_, out, err) => resolve({ out, err }))
  })
}
