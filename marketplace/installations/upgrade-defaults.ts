import { validRange } from 'semver'
import type { Audit } from '../../runtime/audit/audit.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Store } from '../../runtime/storage/port.ts'
import type { MemberActor } from '../accounts/members.ts'
import { type Outcome, refused } from '../errors.ts'
import { isChannel } from '../publishing/channels.ts'
import { DEFAULT_ID, NO_POLICY, storedPolicy, type UpgradePolicy, upgradeDefaults } from './upgrade-policy.ts'

/** What an organization wants of installations that have no policy of their own. */
export interface UpgradeDefaults {
  get(organizationId: string): Promise<UpgradePolicy>
  /** For owners and admins. */
  set(member: MemberActor, policy: UpgradePolicy): Promise<Outcome<UpgradePolicy>>
}

export function createUpgradeDefaults(deps: { store: Store; audit: Audit; clock: Clock }): UpgradeDefaults {
  const { store, audit, clock } = deps
  return {
    get: async (organizationId) => (await storedPolicy(store.forOrganization(organizationId))) ?? NO_POLICY,
    async set({ organizationId, userId, role }, policy) {
      const by = `user:${userId}`
      const entry = { organizationId, actor: by, action: 'organization.upgrade_policy', target: organizationId }
      if (role !== 'owner' && role !== 'admin') {
        await audit.write({ ...entry, outcome: 'refused', rule: 'role' })
        return refused('PERMISSION_DENIED', 'only owners and admins of the organization change its policy')
      }
      const problem = policyProblem(policy)
      if (problem !== undefined) return refused('INVALID_ARGUMENT', problem)
      await store.tx(async (tx) => {
        await tx.forOrganization(organizationId)(upgradeDefaults).put({ _id: DEFAULT_ID, policy, by, at: clock.iso() })
        await audit.within(tx, { ...entry, outcome: 'allowed', details: { ...policy } })
      })
      return { ok: true, value: policy }
    },
  }
}

/** What of a policy means nothing. */
export function policyProblem({ channel, excludes }: UpgradePolicy): string | undefined {
  if (!isChannel(channel)) return `${JSON.stringify(channel)} is no name of a channel`
  const strange = excludes.find((each) => !each.startsWith('@') && validRange(each) === null)
  return strange === undefined
    ? undefined
    : `${JSON.stringify(strange)} is neither a range of versions nor an extension`
}
