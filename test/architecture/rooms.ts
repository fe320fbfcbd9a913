/** A room of the house, and what it may import besides itself. */
export interface Room {
  name: string
  mayImport: readonly string[]
  /**
   * The room's folders and named files from the ground up: each may import what stands before it and nothing behind it.
   * Files at the room's root that are not named here lie below the first entry. Absent: no order inside.
   */
  order?: readonly string[]
}

/** The longest name that a path starts with is its room. */
export const ROOMS: readonly Room[] = [
  { name: 'sdk', mayImport: [] },
  { name: 'sdk/package', mayImport: ['sdk'] },
  {
    name: 'runtime',
    mayImport: ['sdk', 'sdk/package'],
    order: [
      'storage',
      'permissions',
      'audit',
      'metrics',
      'jobs',
      'secrets',
      'egress',
      'platform',
      'sandbox',
      'host-api',
      'recordings',
      'invocations',
      'trials',
      'connectors',
      'sync',
      'events',
      'schedules',
      'webhooks',
      // Above the folders: each takes what it needs as an argument and none may ask the configuration itself.
      'config.ts',
      'runtime.ts',
    ],
  },
  {
    name: 'marketplace',
    mayImport: ['runtime', 'sdk', 'sdk/package'],
    order: [
      'traffic',
      'accounts',
      'publishing',
      'kill-list',
      'review',
      'catalog',
      'installations',
      'analytics',
      'webhooks',
      'notifications',
      'services.ts',
      'gateway',
      'console',
      'serve.ts',
      'main.ts',
    ],
  },
  { name: 'sdk/cli', mayImport: ['runtime', 'sdk', 'sdk/package'] },
  { name: 'extensions-examples', mayImport: ['sdk'] },
  {
    name: 'test',
    mayImport: ['sdk', 'sdk/package', 'sdk/cli', 'runtime', 'marketplace', 'extensions-examples'],
  },
]

export function roomOf(path: string): Room | undefined {
  return ROOMS.filter((room) => path.startsWith(`${room.name}/`)).sort((a, b) => b.name.length - a.name.length)[0]
}

/** The place of a file in its room's order: -1 for the files below it all, `undefined` for a folder without a place. */
export function levelOf(room: Room, path: string): number | undefined {
  const inside = path.slice(room.name.length + 1)
  const entry = inside.split('/')[0] ?? ''
  const level = room.order?.indexOf(entry) ?? -1
  if (level >= 0) return level
  return inside.includes('/') ? undefined : -1
}
