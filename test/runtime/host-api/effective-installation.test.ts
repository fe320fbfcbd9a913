import t from 'tap'
import { effectiveInstallation } from '../../../runtime/host-api/effective-installation.ts'
import type { ActiveInstallation, DrainingGrant } from '../../../runtime/installation-source.ts'

const HOST = { host: 'api.erp.example', scheme: 'https', port: 443 } as const
const OLD: ActiveInstallation = {
  ...{ id: 'ins_1', organizationId: 'org_a', extension: '@acme/site-import', kind: 'connector' },
  ...{ version: '1.0.0', digest: 'old', epoch: 1, config: {}, injections: [], egress: [HOST] },
  grants: [{ scope: 'read:timesheets' }, { scope: 'write:chantiers' }],
}
/** Asks for less of one thing and for more of another. */
const NEW: ActiveInstallation = {
  ...OLD,
  ...{ version: '1.1.0', digest: 'new', epoch: 2, egress: [] },
  grants: [{ scope: 'write:chantiers' }, { scope: 'read:invoices' }],
}
const DRAINING: DrainingGrant = { digest: 'old', grants: OLD.grants, egress: OLD.egress, injections: [] }

function scopes({ grants }: ActiveInstallation): string[] {
  return grants.map(({ scope }) => scope).sort()
}

t.test('a run of the version that is installed has what is granted now', async (t) => {
  t.equal(effectiveInstallation(NEW, NEW), NEW)
})

t.test('a run of the version before has what both may', async (t) => {
  const effective = effectiveInstallation(OLD, NEW)
  t.same(scopes(effective), ['write:chantiers'])
  t.same(effective.egress, [])
})

t.test('a run of the version before ends with what it began with, while that drains', async (t) => {
  const effective = effectiveInstallation(OLD, { ...NEW, draining: DRAINING })
  t.same(scopes(effective), ['read:timesheets', 'write:chantiers'])
  t.same(effective.egress, [HOST])
})

t.test('what drains is for its version alone, and never more than a run began with', async (t) => {
  const older = { ...OLD, digest: 'older' }
  t.same(scopes(effectiveInstallation(older, { ...NEW, draining: DRAINING })), ['write:chantiers'])
  const narrow = { ...OLD, grants: [{ scope: 'write:chantiers' as const }] }
  t.same(scopes(effectiveInstallation(narrow, { ...NEW, draining: DRAINING })), ['write:chantiers'])
})
