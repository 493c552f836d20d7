/**
 * What `import … from 'hob'` gives to modules of users. The command line is one file with parts of its own of all that; a worker
 * must be run by the very package that its module imports.
 */
export type Library = typeof import('../index.js')

/** Loads it, from beside the command line. */
export const loadLibrary = async (): Promise<Library> =>
  (await import(new URL('../index.js', import.meta.url).href)) as Library

/**
 * The same as a part of the command line's bundle, for rules: their threads are of the bundle too, and a run of a few lines would spend
 * half its time on loading the modules one by one.
 */
export const loadRuleLibrary = async (): Promise<Library> => import('../index.js')
