import { constants, existsSync, linkSync, openSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Captures } from '#hob/orders/command/captures.js'
import { CommandError } from '#hob/orders/command/command.js'
import { Lane } from '#hob/orders/command/lane.js'
import { makePipes } from '#hob/orders/command/named-pipes.js'
import { Shell } from '#hob/orders/command/shell.js'
import { TemporaryFolder } from '#hob/orders/command/temporary-folder.js'
import { scratchFolder } from './support.js'

/** A shell, and a named pipe through which it may answer. */
async function startShell(file: string) {
  const folder = newFolder()
  const shell = await Shell.start(file)
  onTestFinished(async () => {
    shell.close()
    await shell.gone
  })
  const [path = ''] = await makePipes(shell, folder, 1)
  return { shell, path }
}

function newFolder(): TemporaryFolder {
  const folder = new TemporaryFolder()
  folder.make()
  onTestFinished(() => folder.remove())
  return folder
}

describe('the pipe through which a shell answers', () => {
  it('leaves nothing behind', async () => {
    const folder = newFolder()
    for (let round = 0; round < 3; round += 1) {
      const lane = await Lane.start({ shellFile: '/bin/sh', folder, aheadMax: 1 })
      // Two pipes for each of two commands.
      expect(readdirSync(folder.path)).toHaveLength(4)
      lane.retire('killed', 0)
      await lane.gone
      expect(readdirSync(folder.path)).toEqual([])
    }
  })

  it.each(['/bin/sh', '/bin/bash'])('is closed when %s cannot open it', async (file) => {
    const { shell, path } = await startShell(file)
    const link = join(scratchFolder(), 'link')
    linkSync(path, link)
    // No room for descriptor 3.
    await shell.run('ulimit -n 3')
    await expect(shell.answerThrough(path)).rejects.toMatchObject({ code: 'lane' })
    expect(existsSync(path)).toBe(false)
    // ENXIO: nobody has it open for reading.
    expect(() => openSync(link, constants.O_WRONLY | constants.O_NONBLOCK)).toThrow('ENXIO')
  })

  it('tells when we cannot open it', async () => {
    const { shell, path } = await startShell('/bin/sh')
    await expect(shell.answerThrough(`${path}-not-there`)).rejects.toMatchObject({ code: 'output' })
  })
})

describe('a shell that says something before its answer', () => {
  it('is not heard later for that', async () => {
    const { shell, path } = await startShell('/bin/sh')
    await shell.answerThrough(path)
    const folder = scratchFolder()
    const times: number[] = []
    for (let round = 0; round < 20; round += 1) {
      const [told, go] = [join(folder, `${round}-told`), join(folder, `${round}-go`)]
      const run = shell.run(`echo said; : >${told}; until [ -e ${go} ]; do :; done`)
      await turn()
      // Without a turn meanwhile: we hear it in the next two.
      const untilMs = performance.now() + 5_000
      while (!existsSync(told) && performance.now() < untilMs);
      await turn()
      await turn()
      const fromMs = performance.now()
      writeFileSync(go, '')
      await run
      times.push(performance.now() - fromMs)
    }
    // A rest takes 4 ms. Other work on this machine may delay some, but not all.
    expect(Math.min(...times)).toBeLessThan(2)
  })
})

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('the pipes of a lane', () => {
  it('are closed and deleted when one of them cannot be opened', async () => {
    const folder = newFolder()
    const shell = await Shell.start('/bin/sh')
    const paths = await makePipes(shell, folder, 2)
    shell.close()
    const link = join(scratchFolder(), 'link')
    linkSync(paths[0] ?? '', link)
    expect(() => Captures.of([...paths, folder.newPath()], folder)).toThrow(CommandError)
    expect(readdirSync(folder.path)).toEqual([])
    expect(() => openSync(link, constants.O_WRONLY | constants.O_NONBLOCK)).toThrow('ENXIO')
  })
})
