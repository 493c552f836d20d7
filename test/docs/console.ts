import { spawn } from 'node:child_process'
import { hostname } from 'node:os'
import type { Block } from './documents.js'

/** A command line as a document shows it, and what the document says that it prints. */
export interface Exchange {
  readonly command: string
  readonly prints: string
}

/** The command lines of a block: `$` begins one, `>` goes on with it. */
export function exchangesOf({ text }: Block): readonly Exchange[] {
  const exchanges: { command: string; prints: string }[] = []
  let isCommand = false
  for (const line of text.split('\n').slice(0, -1)) {
    const last = exchanges.at(-1)
    if (line.startsWith('$ ')) exchanges.push({ command: line.slice(2), prints: '' })
    else if (last && isCommand && /^>( |$)/.test(line)) last.command += `\n${line.slice(2)}`
    else if (last) last.prints += `${line}\n`
    isCommand = line.startsWith('$ ') || (isCommand && line.startsWith('>'))
  }
  return exchanges
}

const CTRL_C = '^C\n'

/**
 * Runs a command line with a plain shell; answers both its streams together. Where the document shows `^C`, it is
 * interrupted once it has printed as many lines as stand before.
 */
export function perform({ command, prints }: Exchange, cwd: string, path: string): Promise<string> {
  const interruptAt = prints.indexOf(CTRL_C)
  const linesBefore = interruptAt < 0 ? Number.POSITIVE_INFINITY : prints.slice(0, interruptAt).split('\n').length - 1
  const line = interruptAt < 0 ? `exec 2>&1\n${command}` : `exec 2>&1\nexec ${command}`
  const child = spawn('/bin/sh', ['-c', line], {
    cwd,
    env: { PATH: path, HOME: cwd },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  let isInterrupted = false
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text
    if (isInterrupted || printed.split('\n').length - 1 < linesBefore) return
    isInterrupted = true
    // A finger takes a moment, too: by then the next order runs.
    setTimeout(() => {
      printed += CTRL_C
      child.kill('SIGINT')
    }, 300)
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', () => resolve(printed))
  })
}

/** What no two runs have in common, and what stands for it. */
const ALWAYS_DIFFERS: readonly (readonly [pattern: RegExp, mask: string])[] = [
  [/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'MOMENT'],
  [/\b\d{10}\.\d{3}\b/g, 'SECONDS'],
  [/\b[\w.-]+\/\d+\b(?!\/)/g, 'HOST/PID'],
  [new RegExp(`\\b(${hostname()}|vm)\\b`, 'g'), 'HOST'],
  [/\b[\d.,]+\/s/g, 'RATE'],
  [/\b\d+(\.\d+)?(ms|[smhd])( \d+[smh])?\b/g, 'DURATION'],
  [/\bjust now\b|\bDURATION ago\b/g, 'AGO'],
  [/ {2,}(0\.\d{3})\t/g, 'RUNTIME\t'],
]

/** A text with all that differs from run to run masked, so that two runs compare. */
export function shapeOf(text: string, { says }: Block): string {
  const own = [...says.matchAll(/\/((?:[^/\\]|\\.)+)\//g)].map(
    ([, source = '']) => [new RegExp(source, 'g'), '…'] as const,
  )
  const masked = [...ALWAYS_DIFFERS, ...own].reduce((shape, [pattern, mask]) => shape.replace(pattern, mask), text)
  // A column is as wide as its widest cell, so the spaces between columns differ with the numbers.
  return masked.replace(/ +/g, ' ').replace(/ $/gm, '')
}
