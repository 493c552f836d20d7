import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CommandError } from '#hob/orders/command/command.js'
import { resolveCommand } from '#hob/orders/command/resolve.js'
import { scratchFolder } from './support.js'

/** A folder with `run` (executable), `plain` (not) and `folder`. */
function places() {
  const cwd = scratchFolder()
  writeFileSync(join(cwd, 'run'), '#!/bin/sh\n')
  chmodSync(join(cwd, 'run'), 0o755)
  writeFileSync(join(cwd, 'plain'), '#!/bin/sh\n')
  chmodSync(join(cwd, 'plain'), 0o644)
  mkdirSync(join(cwd, 'folder'))
  return { cwd, path: '/usr/bin:/bin' }
}

const refusalOf = (name: string, where: { cwd: string; path: string }): CommandError => {
  try {
    resolveCommand(name, where)
  } catch (error) {
    if (error instanceof CommandError) return error
  }
  throw new Error(`${name} was not refused`)
}

describe('resolveCommand', () => {
  it('finds a name in PATH and a path from the current folder', () => {
    const where = places()
    expect(resolveCommand('env', where)).toBe('/usr/bin/env')
    expect(resolveCommand('./run', where)).toBe(join(where.cwd, 'run'))
    expect(resolveCommand(join(where.cwd, 'run'), where)).toBe(join(where.cwd, 'run'))
    expect(resolveCommand('run', { ...where, path: '/bin:' })).toBe(join(where.cwd, 'run'))
    expect(resolveCommand('run', { ...where, path: `/no/such:${where.cwd}` })).toBe(join(where.cwd, 'run'))
  })

  it.each(['no-such-command', './no', '', 'run', 'exit'])('does not find `%s`', (name) => {
    expect(refusalOf(name, places()).code).toBe('not-found')
  })

  it('helps with a file of the current folder', () => {
    expect(refusalOf('run', places()).hint).toBe('Write ./run for the file in the current folder.')
  })

  it('refuses what cannot be executed', () => {
    const where = places()
    expect(refusalOf('./plain', where)).toMatchObject({
      code: 'not-executable',
      hint: expect.stringContaining('chmod +x'),
    })
    expect(refusalOf('plain', { ...where, path: where.cwd }).code).toBe('not-executable')
    expect(refusalOf('./folder', where).message).toBe('cannot execute ./folder: it is a folder')
    expect(refusalOf('folder', { ...where, path: where.cwd }).code).toBe('not-found')
  })
})
