/** Words that people of other programs use for one thing. Which of them a command is called here, its table tells. */
const ALIKE: readonly (readonly string[])[] = [
  ['ls', 'list', 'queues'],
  ['rm', 'remove', 'delete', 'drop'],
  ['show', 'stat', 'info', 'inspect', 'describe', 'job'],
  ['add', 'create', 'new'],
  ['gc', 'prune', 'collect'],
  ['resume', 'unpause', 'continue'],
]

/**
 * What a word that is no command most likely means among commands that are there.
 *
 * @returns undefined where it means nothing that is known here; null where it means what no command does, so that one which is only
 * spelt alike (`remove`, `resume`) would do harm.
 */
export function sameCommand(word: string, commands: readonly string[]): string | null | undefined {
  const alike = ALIKE.find((words) => words.includes(word))
  return alike === undefined ? undefined : (alike.find((other) => commands.includes(other)) ?? null)
}
