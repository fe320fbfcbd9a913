import { randomBytes } from 'node:crypto'
import t from 'tap'
import {
  type InstallationDocument,
  installations,
} from '../../../marketplace/installations/installation-collections.ts'
import { createInstallationKeys } from '../../../marketplace/installations/installation-keys.ts'
import { createInstallationSecrets, installationSecrets } from '../../../runtime/secrets/installation-secrets.ts'
import { createSecretBox } from '../../../runtime/secrets/secret-box.ts'
import type { Draft } from '../../../runtime/storage/port.ts'
import { openTestAudit } from '../../runtime/audit/open-test-audit.ts'
import { user } from '../../runtime/platform/open-platform.ts'

t.test('refuses a secret of Standard Webhooks by which anybody could sign', async (t) => {
  const base = await openTestAudit(t, [installations, installationSecrets])
  const secretBox = createSecretBox({ keys: [{ id: 'k', key: randomBytes(32) }] })
  const secrets = createInstallationSecrets({ ...base, secretBox })
  const declared = {
    webhook: { scheme: 'standard-webhooks', secretRef: 'hook' },
    secrets: [{ ref: 'other', use: 'x' }],
  }
  const runtime = { secrets, declarations: { of: async () => declared }, webhooksIn: { sourceOf: async () => 'whs_1' } }
  const keys = createInstallationKeys({ ...base, runtime } as unknown as Parameters<typeof createInstallationKeys>[0])
  const row = { _id: 'ins_1', state: 'active', digest: 'd' } as unknown as Draft<InstallationDocument>
  await base.store.forOrganization('org_a')(installations).insert(row)
  const set = (hook: string | null) => keys.set(user(), 'ins_1', { hook, other: 'x' })
  for (const weak of ['whsec_', 'whsec_!!!', Buffer.alloc(15).toString('base64')]) {
    t.match(await set(weak), { ok: false, error: { code: 'INVALID_ARGUMENT' } }, weak)
  }
  t.match(await set(`whsec_${randomBytes(24).toString('base64')}`), { ok: true })
  t.match(await set(null), { ok: true })
})
