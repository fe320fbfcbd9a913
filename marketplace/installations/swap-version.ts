import { isoPlus } from '../../runtime/clock.ts'
import type { Transaction } from '../../runtime/storage/port.ts'
import { needsEntitlement } from '../catalog/entitlements.ts'
import { abort, written } from '../publishing/commit.ts'
import type { ReleaseFacts } from '../publishing/drafts-collection.ts'
import { holdDependencies, planDependencies, refuseUnmet } from './dependency-plan.ts'
import { effectiveGrant } from './effective-grant.ts'
import { withReasons } from './hold.ts'
import { holdVersion } from './hold-version.ts'
import {
  configOf,
  type DisabledReason,
  type EndedUpgrade,
  type GrantedConsent,
  type InstallationDocument,
  installations,
  type Upgrade,
} from './installation-collections.ts'
import { type InstallationsDeps, WATCH_JOB } from './installation-deps.ts'
import { plainGrant } from './plain-grant.ts'
import { UPGRADE_LIMITS } from './upgrade-limits.ts'

export interface Swap {
  operation: Upgrade['operation']
  target: ReleaseFacts
  consent: GrantedConsent
  by: string
  /** Of a rollback that nobody asked for: why. What runs of the bad version then keeps nothing of its grant. */
  because?: { code: string; message: string }
}

/** Reasons that were the version's own: another one, whose package could be loaded, starts without them. */
const OF_THE_VERSION: readonly DisabledReason[] = ['errors', 'killed', 'incompatible', 'invalid_signature']

/**
 * The one write after which another version runs, with its grant. Inside `commit`: it aborts when the version is gone, when
 * what it needs or what needs it does not fit, or when the configuration names a host that it must not.
 */
export async function swapVersion(
  deps: InstallationsDeps,
  tx: Transaction,
  current: InstallationDocument,
  swap: Swap,
): Promise<InstallationDocument> {
  const { organizationId = '', _id, extension } = current
  const { operation, target, consent, by, because } = swap
  const isBack = operation === 'rollback'
  await holdVersion(tx, { organizationId, release: target, isBack })
  const plan = await planDependencies(tx, organizationId, target)
  const unmet = refuseUnmet(target, plan)
  if (unmet) abort(unmet)
  await holdDependencies(tx.forOrganization(organizationId), plan.lock)
  const effective = effectiveGrant(target.capabilities, consent, configOf(current))
  if (!effective.ok) return abort(effective)
  const at = deps.clock.iso()
  const gone: readonly DisabledReason[] = needsEntitlement(target) ? OF_THE_VERSION : [...OF_THE_VERSION, 'licence']
  const { set, unset = [] } = withReasons(current.disabled, gone)
  const after = written(
    await tx
      .forOrganization(organizationId)(installations)
      .patch(
        _id,
        {
          set: {
            ...set,
            ...releaseFields(target),
            ...plainGrant(effective.value),
            consent,
            lock: plan.lock.map((each) => ({ ...each })),
            ...(isBack
              ? { lastUpgrade: ended(current, swap, at) }
              : { previous: previousOf(current, at), ...watchFrom(at) }),
            ...(because ? {} : { draining: { digest: current.digest, ...plainGrant(current) } }),
            updatedAt: at,
          },
          unset: [
            ...unset,
            'upgrade',
            'blocked',
            ...(isBack ? ['previous', 'watch'] : ['lastUpgrade']),
            ...(because ? ['draining'] : []),
          ],
          inc: { epoch: 1 },
        },
        { rev: current.rev },
      ),
  )
  if (!isBack) await watch(deps, tx, after, at)
  const action = isBack ? 'installation.rolled_back' : 'installation.upgraded'
  const facts = { extension, version: target.version, from: current.version }
  tx.emit({
    partition: organizationId,
    type: action,
    payload: { installationId: _id, ...facts, by, ...because },
  })
  const details = { ...facts, digest: target.digest, consentId: consent.consentId, ...(because && { because }) }
  await deps.audit.within(tx, { organizationId, actor: by, action, target: _id, outcome: 'allowed', details })
  return after
}

function releaseFields({ version, digest, card, capabilities }: ReleaseFacts) {
  const { displayName, kind } = card
  return { version, digest, displayName, kind, events: capabilities.events.subscribes }
}

function previousOf({ version, digest, consent }: InstallationDocument, at: string) {
  return { version, digest, consent, at }
}

function watchFrom(since: string) {
  return { watch: { since, until: isoPlus(since, UPGRADE_LIMITS.watchMs) } }
}

async function watch(
  { jobs }: InstallationsDeps,
  tx: Transaction,
  { _id: installationId, organizationId = '', digest }: InstallationDocument,
  at: string,
): Promise<void> {
  const payload = { installationId, digest }
  const runAt = isoPlus(at, UPGRADE_LIMITS.watchEveryMs)
  await jobs.enqueue(tx, { organizationId, type: WATCH_JOB, payload, runAt })
}

function ended({ version }: InstallationDocument, { by, because }: Swap, at: string): EndedUpgrade {
  const { code, message } = because ?? { code: 'ROLLED_BACK', message: `${by} went back` }
  return { operation: 'upgrade', version, outcome: 'rolled_back', code, message, at }
}
