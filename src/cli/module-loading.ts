import { ExitWatch, type SuddenEnd } from './exit-watch.js'
import { tellStraggler } from './stragglers.js'

const WHY: Readonly<Record<SuddenEnd, string>> = {
  asked: 'its code ended the process while it was loaded (process.exit)',
  idle: 'it awaits something that can never come, so that its loading never ends',
}

/**
 * Loads a module of the user's, and tells what its code does meanwhile behind its back: an end of the process, and a promise that
 * is rejected and caught by nobody, after which loading goes on.
 *
 * @param say Prints a line.
 * @throws What the module threw, or an exception in a timer or the like that nobody caught.
 */
export async function whileLoading<Module>(
  file: string,
  load: () => Promise<Module>,
  say: (text: string) => void,
): Promise<Module> {
  using exits = new ExitWatch((why) => say(`${file}: ${WHY[why]}. Nothing was started.`))
  let onException: (error: unknown) => void = () => {}
  const failed = new Promise<never>((_, reject) => {
    onException = reject
  })
  const onRejection = (error: unknown): void =>
    say(`${file}: a promise was rejected and nobody caught it: ${tellStraggler(error)}; loading goes on`)
  exits.start()
  process.on('unhandledRejection', onRejection)
  process.on('uncaughtException', onException)
  try {
    return await Promise.race([load(), failed])
  } finally {
    process.off('unhandledRejection', onRejection)
    process.off('uncaughtException', onException)
  }
}
