import { defineConfig } from 'vitest/config'

/** Tests import the built product, `#hob/…`, so that they check what users get. `npm test` builds first. */
export default defineConfig({
  test: {
    globalSetup: 'test/support/servers/office.ts',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/faults/**', 'test/package/**'],
          testTimeout: 30_000,
        },
      },
      {
        // Real processes, killed, stopped and starved; one file at a time, since they need the machine for themselves.
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts', 'test/package/**/*.test.ts'],
          testTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
