/** The sources of an extension that a developer writes, over `annex init`: it marks days that are too long. */
export interface HoursGuard {
  version: string
  /** Minutes and a comparison, as the code has them. */
  rule: string
  required: { scope: string; reason: string }[]
  dependencies?: Record<string, string>
  /** What the changelog says of this version. */
  changed: string
}

const READ = { scope: 'read:timesheets', reason: 'Hears of new timesheets' }
const WRITE = { scope: 'write:timesheets', reason: 'Leaves a comment on those that are too long' }
export const HOURS_SCOPES = [READ, WRITE]

/** Files by path, in the place of those that a new project has. */
export function hoursGuardFiles({ version, rule, required, dependencies, changed }: HoursGuard) {
  const manifest = {
    name: '@acme/hours-guard',
    version,
    description: 'Marks timesheets of days that are too long',
    license: 'MIT',
    private: true,
    type: 'module',
    keywords: ['hours'],
    annex: {
      kind: 'connector',
      displayName: 'Hours guard',
      locales: {
        fr: { displayName: 'Gardien des heures', reasons: { 'read:timesheets': 'Apprend les heures saisies' } },
      },
      category: 'OPERATIONS',
      integrationType: 'CUSTOM',
      source: 'src/index.ts',
      entry: 'dist/extension.js',
      platform: '>=1.0.0 <2.0.0',
      permissions: { required, optional: [] },
      events: { subscribes: ['timesheets.created'] },
      ...(dependencies && { dependencies }),
      pricing: { model: 'FREE' },
    },
  }
  return {
    'package.json': `${JSON.stringify(manifest, undefined, 2)}\n`,
    'README.md': README,
    'CHANGELOG.md': `# Changelog\n\n## ${version}\n\n- ${changed}\n`,
    'src/index.ts': source(rule),
    'fixtures/first/case.json': fixture(HOURS.first),
    'fixtures/long-day/case.json': fixture(HOURS['long-day']),
    'fixtures/short-day/case.json': fixture(HOURS['short-day']),
  }
}

const README = `# Hours guard

Looks at each timesheet that is entered. A day that is longer than it may be gets a comment, so that whoever approves it
sees it at once. Nothing is refused and nothing leaves the platform.

It asks to read timesheets, to hear of them, and to write them, to leave the comment.
`

const HOURS = {
  first: { handler: 'actions.judge', input: { minutes: 480 }, expect: { tooLong: false } },
  'long-day': { handler: 'actions.judge', input: { minutes: 700 }, expect: { tooLong: true } },
  'short-day': {
    handler: 'on.timesheets.created',
    input: {
      ...{ id: 'evt_1', type: 'timesheets.created', occurredAt: '2026-11-20T10:00:00.000Z', organizationId: 'org_1' },
      resource: { name: 'timesheets', id: 'tim_1', rev: 1 },
      data: { record: { minutes: 480 }, changed: [] },
    },
    expect: null,
  },
} as const

function fixture(one: object): string {
  return `${JSON.stringify(one, undefined, 2)}\n`
}

function source(rule: string): string {
  return `import { defineConnector } from '@annex/sdk'

function isTooLong(minutes: number): boolean {
  return ${rule}
}

export default defineConnector({
  async check() {
    return [{ name: 'ready', ok: true, message: 'Nothing to reach' }]
  },
  streams: {},
  actions: {
    judge: {
      params: { type: 'object', properties: { minutes: { type: 'integer' } }, required: ['minutes'] },
      async run(_ctx, params) {
        return { tooLong: isTooLong(Number(params.minutes)) }
      },
    },
  },
  on: {
    async 'timesheets.created'(ctx, event) {
      const { record } = event.data as { record: { minutes: number } }
      if (!event.resource || !isTooLong(record.minutes)) return
      await ctx.platform.timesheets.update(event.resource.id, { comment: 'Longer than a day may be' })
    },
  },
})
`
}
