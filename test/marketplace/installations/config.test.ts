import t from 'tap'
import { validConfig } from '../../../marketplace/installations/config.ts'
import type { InstallationsDeps } from '../../../marketplace/installations/installation-deps.ts'
import type { VersionDocument } from '../../../marketplace/publishing/publishing-collections.ts'
import { SchemaCheckFailed } from '../../../runtime/sandbox/package-checker.ts'

const version = { reportId: 'r' } as VersionDocument
const reports = {
  passed: async () => ({ package: { manifest: { annex: { config: { type: 'object' } } } } }),
} as unknown as InstallationsDeps['reports']

t.test('a check without a verdict is our fault or the schema’s, and never the user’s', async (t) => {
  const failing = (code: string) => ({ reports, validate: () => Promise.reject(new SchemaCheckFailed(code, 'm')) })
  for (const code of ['CHECK_QUEUE', 'CHECK_CRASHED'])
    t.match(await validConfig(failing(code), version, {}), { error: { code: 'UNAVAILABLE', retryAfter: 2 } })
  for (const code of ['CHECK_FAILED', 'CHECK_TIMEOUT', 'CHECK_MEMORY'])
    t.match(await validConfig(failing(code), version, {}), { error: { code: 'CONFIG_INVALID' } })
  await t.rejects(validConfig({ reports, validate: () => Promise.reject(new Error('a bug')) }, version, {}), /a bug/)
})
