import type { CommandEntry } from './command.ts'

/** Every command, in the order of an author's day. Each is loaded when it is called: help need not wait for a sandbox. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'init',
    summary: 'Start a new extension in a new folder',
    load: async () => (await import('./commands/init.ts')).init,
  },
  {
    name: 'dev',
    summary: 'Run a handler in the real sandbox at each save',
    load: async () => (await import('./commands/dev.ts')).dev,
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
    name: 'publisher',
    summary: 'Make a publisher name yours, or show those that are',
    load: async () => (await import('./commands/publisher.ts')).publisher,
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
  {
    name: 'install',
    summary: 'Try unpublished bytes in your own test organization',
    load: async () => (await import('./commands/install.ts')).install,
  },
  {
    name: 'logs',
    summary: 'Show what an installation logged, and follow it',
    load: async () => (await import('./commands/logs.ts')).logs,
  },
  {
    name: 'replay',
    summary: 'Run a recorded run again, and show where it departs',
    load: async () => (await import('./commands/replay.ts')).replay,
  },
  {
    name: 'completion',
    summary: 'Print a script that completes commands in your shell',
    load: async () => (await import('./commands/completion.ts')).createCompletion(COMMANDS),
  },
]
