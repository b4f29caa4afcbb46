import { createDefaultEsmPreset } from 'ts-jest'

/** Three kinds of tests: pure parts, transports against servers, the bundle as a runner starts it. */
const project = name => ({
  ...createDefaultEsmPreset(),
  displayName: name,
  testEnvironment: 'node',
  setupFiles: name === 'unit' ? [] : ['<rootDir>/__tests__/support/core-errors.ts'],
  testMatch: [`<rootDir>/__tests__/${name}/**/*.test.ts`]
})

export default {
  projects: ['unit', 'integration', 'bundle'].map(project),
  // Most tests wait for servers, so two of them keep even two cores busy.
  maxWorkers: 2,
  testTimeout: 60_000,
  collectCoverageFrom: ['src/**/*.ts', '!src/index.ts']
}
