import type { CommandEntry } from './command.ts'

/** Every command, in the order of an author's day. Each is loaded when it is called: help need not wait for a sandbox. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'init',
    summary: 'Start a new extension in a new folder',
    load: async () => (await import('./commands/init.ts')).init,
  },
  {
    name: 'check',
    summary: "Hold the extension against the marketplace's own rules",
    load: async () => (await import('./commands/check.ts')).check,
  },
  {
    name: 'test',
    summary: 'Run the fixtures in the real sandbox',
    load: async () => (await import('./commands/test.ts')).test,
  },
  {
    name: 'pack',
    summary: 'Make the .tgz that can be published',
    load: async () => (await import('./commands/pack.ts')).pack,
  },
  {
    name: 'login',
    summary: 'Log in at a server and keep the login for later commands',
    load: async () => (await import('./commands/login.ts')).login,
  },
  {
    name: 'publish',
    summary: 'Pack, check, upload, and follow what happens',
    load: async () => (await import('./commands/publish.ts')).publish,
  },
  {
    name: 'status',
    summary: 'Show my submissions, or one of them',
    load: async () => (await import('./commands/status.ts')).status,
  },
]
