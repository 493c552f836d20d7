import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout. */
export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url))

/** One document of the project. */
export interface Document {
  /** From the checkout's folder. */
  readonly path: string
  readonly text: string
}

/** A fenced block with an HTML comment right before it, which says what a test does with it. */
export interface Block {
  /** Where its text begins, from 1. */
  readonly line: number
  /** The comment, trimmed. */
  readonly says: string
  readonly language: string
  readonly text: string
}

const FOLDERS = ['.', 'docs', 'docs/decisions']

/** Every document, README first. */
export function readDocuments(): readonly Document[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => readDocument(join(folder, name))),
  )
}

export const readDocument = (path: string): Document => ({ path, text: readFileSync(join(ROOT, path), 'utf8') })

/** The blocks of a document that a comment marks, in order. */
export function markedBlocks({ text }: Document): readonly Block[] {
  return [...text.matchAll(/^<!-- (.*) -->\n```(\w*)\n([\s\S]*?)^```$/gm)].map(
    ([, says = '', language = '', body = ''], index, all) => ({
      line: text.slice(0, all[index]?.index).split('\n').length + 2,
      says,
      language,
      text: body,
    }),
  )
}

/** Links to files that are not there, or to headings that the file does not have. */
export function brokenLinks({ path, text }: Document): readonly string[] {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return links.filter((target) => !/^https?:/.test(target) && !resolves(path, target))
}

function resolves(from: string, target: string): boolean {
  const [file = '', anchor] = target.split('#')
  const path = file === '' ? join(ROOT, from) : join(ROOT, dirname(from), file)
  if (!existsSync(path) || relative(ROOT, path).startsWith('..')) return false
  return anchor === undefined || anchorsOf(readFileSync(path, 'utf8')).includes(anchor)
}

/** As GitHub makes them: lower case, spaces to dashes, other signs dropped. */
const anchorsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
