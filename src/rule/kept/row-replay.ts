import { createReadStream } from 'node:fs'
import { RuleError } from '../../core/errors.js'
import { fromHere } from '../import-module.js'
import { Block } from '../map/block.js'
import type { CountingSink } from '../map/counting-sink.js'
import { rowReader } from '../map/read-piece.js'
import type { RowReader } from '../map/row-sink.js'
import type { Reader } from '../reader.js'
import type { RowStep } from './row-log.js'

/** What a log is read again with. */
export interface ReplayOptions {
  /** That by which it was written. */
  readonly reader: Reader
  readonly sink: CountingSink
  /** Called after each block; what it throws ends the reading. */
  readonly onBlock: () => void
}

/**
 * Hands all records of a log to a sink, as the pieces did from which it was written.
 *
 * @throws RuleError `input` when it is gone, or not whole.
 */
export async function replayRows(file: string, { reader, sink, onBlock }: ReplayOptions): Promise<void> {
  let rows: RowReader | null = null
  let steps = 0
  let isCounted = false
  let isWhole = false
  for await (const { step, bytes } of stepsOf(file)) {
    if (isWhole) throw damaged(file)
    if (step.step === 'whole') {
      isWhole = step.steps === steps
      continue
    }
    steps++
    if (step.step === 'counted') isCounted = true
    else if (step.step === 'start') {
      sink.file = step.piece.name
      rows = rowReader(step.piece, { reader, sink }, () => {})
    } else if (step.step === 'end') rows?.end()
    else {
      rows?.pass(step.pass)
      rows?.read(new Block(bytes, step.offset, step.isTooLong))
      onBlock()
    }
  }
  if (steps === 0 || (isCounted && !isWhole)) throw damaged(file)
}

interface Step {
  readonly step: RowStep
  readonly bytes: Buffer
}

async function* stepsOf(file: string): AsyncGenerator<Step> {
  let due: RowStep | null = null
  let read: Buffer[] = []
  let readBytes = 0
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 })) {
      read.push(chunk as Buffer)
      readBytes += (chunk as Buffer).length
      // Put together once there is all of a block, which may have many chunks.
      if (readBytes < bytesOf(due)) continue
      let rest = Buffer.concat(read)
      for (;;) {
        if (due === null) {
          const end = rest.indexOf('\n')
          if (end < 0) break
          due = JSON.parse(rest.toString('utf8', 0, end)) as RowStep
          rest = rest.subarray(end + 1)
        }
        const length = bytesOf(due)
        if (rest.length < length) break
        yield { step: due, bytes: rest.subarray(0, length) }
        rest = rest.subarray(length)
        due = null
      }
      read = [rest]
      readBytes = rest.length
    }
  } catch (cause) {
    throw cause instanceof SyntaxError || isFileError(cause) ? damaged(file, cause) : cause
  }
  if (due !== null || readBytes > 0) throw damaged(file)
}

/** That come behind its line. */
const bytesOf = (step: RowStep | null): number => (step?.step === 'read' ? step.bytes : 0)

const isFileError = (error: unknown): boolean => (error as NodeJS.ErrnoException | null)?.syscall !== undefined

const damaged = (file: string, cause?: unknown): RuleError =>
  new RuleError('input', `${fromHere(file)} is gone or damaged: a run kept in it what it read by rows`, {
    hint: 'Run it over its input again, without --process-map.',
    cause,
  })
