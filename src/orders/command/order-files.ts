import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { singleQuote } from '../shell-quote.js'
import type { Command } from './command.js'
import { type Output, takeOutput } from './output.js'
import { subshell } from './script.js'

/** Longer scripts go by a file: bash reads a pipe one byte at a time, a third of a second for 1 MiB. */
const SCRIPT_LENGTH_MAX = 4_096

/** The files of one run of a command: new ones each time, so that its output mixes with nobody's. */
export class OrderFiles {
  readonly #stdin: string | undefined
  readonly #stdout: string
  readonly #stderr: string
  readonly #script: string
  readonly #isKept: boolean
  #isScriptWritten = false

  /** @param stem The path of its temporary files, less their last letter; used only once. */
  constructor(stem: string, { stdin, outputFolder }: Command) {
    this.#isKept = outputFolder !== undefined
    this.#stdin = stdin === undefined ? undefined : `${stem}i`
    this.#stdout = outputFolder === undefined ? `${stem}o` : join(resolve(outputFolder), 'stdout')
    this.#stderr = outputFolder === undefined ? `${stem}e` : join(resolve(outputFolder), 'stderr')
    this.#script = `${stem}s`
  }

  /** Writes what must be there before the command begins, and answers the shell command that runs it. */
  prepare(command: Command, env: Command['env']): string {
    if (this.#stdin !== undefined) writeFileSync(this.#stdin, command.stdin ?? '')
    if (command.outputFolder !== undefined) mkdirSync(command.outputFolder, { recursive: true })
    // A new file, not the old one cut short: what an earlier attempt left running may still write into that.
    if (this.#isKept) this.#deleteOutputs()
    const streams = { stdin: this.#stdin ?? '/dev/null', stdout: this.#stdout, stderr: this.#stderr }
    const script = subshell({ file: command.file, args: command.args, env }, streams)
    if (script.length <= SCRIPT_LENGTH_MAX) return script
    writeFileSync(this.#script, `${script}\n`)
    this.#isScriptWritten = true
    return `. ${singleQuote(this.#script)}`
  }

  /** The outputs of the command, which has ended; undefined when it never began, for then the shell made no files. */
  finish(): { readonly stdout: Output; readonly stderr: Output } | undefined {
    this.#deleteInputs()
    const stdout = takeOutput(this.#stdout, this.#isKept)
    const stderr = takeOutput(this.#stderr, this.#isKept)
    return stdout && stderr ? { stdout, stderr } : undefined
  }

  /** Leaves nothing behind of a run that came to nothing. */
  abandon(): void {
    this.#deleteInputs()
    this.#deleteOutputs()
  }

  #deleteInputs(): void {
    if (this.#stdin !== undefined) rmSync(this.#stdin, { force: true })
    if (this.#isScriptWritten) rmSync(this.#script, { force: true })
  }

  #deleteOutputs(): void {
    rmSync(this.#stdout, { force: true })
    rmSync(this.#stderr, { force: true })
  }
}
