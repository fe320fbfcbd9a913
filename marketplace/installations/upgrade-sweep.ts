import type { Handle } from '../../runtime/storage/port.ts'
import { LATEST } from '../publishing/channels.ts'
import type { ReleaseFacts } from '../publishing/drafts-collection.ts'
import { extensions, type VersionDocument, versions } from '../publishing/publishing-collections.ts'
import { resolveVersion } from '../publishing/resolve-version.ts'
import { isPreRelease, versionKey } from '../publishing/version-key.ts'
import { isOffered, maySee, viewerIn } from '../publishing/visibility.ts'
import { everyInstallation } from './every-installation.ts'
import type { InstallationDocument } from './installation-collections.ts'
import type { InstallationsDeps } from './installation-deps.ts'
import { awaitConsent, beginUpgrade } from './upgrade.ts'
import { allowsStep, isOldEnough, NO_POLICY, storedPolicy, type UpgradePolicy } from './upgrade-policy.ts'

const REASON = 'upgrades by policy are for the installations of every organization'
/** Newer versions that are looked at, the highest first. */
const MOST_VERSIONS = 200
/** Reasons for which an extension is not touched behind somebody's back; with another an upgrade may be the cure. */
const UNTOUCHED = ['admin', 'policy', 'killed', 'licence'] as const

/** Upgrades what its policy says, once a version is old enough. What one installation comes to keeps no other waiting. */
export function createUpgradeSweep(deps: InstallationsDeps): { sweep(): Promise<void> } {
  return {
    async sweep() {
      const defaults = new Map<string, UpgradePolicy>()
      for await (const installation of everyInstallation(deps.store, REASON, ['active', 'disabled']))
        await consider(deps, defaults, installation).catch((error: unknown) =>
          deps.log.error({ installationId: installation._id, err: error }, 'a policy could not be followed'),
        )
    },
  }
}

async function consider(
  deps: InstallationsDeps,
  defaults: Map<string, UpgradePolicy>,
  installation: InstallationDocument,
): Promise<void> {
  const { _id: installationId, organizationId = '', disabled = {}, upgrade, draft, lastUpgrade } = installation
  if (draft || upgrade?.jobId !== undefined || UNTOUCHED.some((reason) => disabled[reason])) return
  const policy = installation.policy ?? (await defaultOf(deps, defaults, organizationId))
  const target = await wantedVersion(deps, installation, policy)
  if (!target || target.version === lastUpgrade?.version || target.version === upgrade?.version) return
  const actor = { kind: 'system', organizationId } as const
  const begun = await beginUpgrade(deps, actor, installation, { operation: 'upgrade', target })
  if (begun.ok) return
  const { code } = begun.error
  const waiting = code === 'CONSENT_REQUIRED' ? await awaitConsent(deps, actor, installation, target) : begun
  if (!waiting.ok) deps.log.info({ installationId, version: target.version, code }, 'a version does not come by itself')
}

async function defaultOf(
  { store }: InstallationsDeps,
  known: Map<string, UpgradePolicy>,
  organizationId: string,
): Promise<UpgradePolicy> {
  const before = known.get(organizationId)
  if (before) return before
  const policy = (await storedPolicy(store.forOrganization(organizationId))) ?? NO_POLICY
  known.set(organizationId, policy)
  return policy
}

/** The highest version that the policy lets come and that is old enough; on another channel than the latest, its own. */
async function wantedVersion(
  { store, clock }: InstallationsDeps,
  { extension, version: from, organizationId = '' }: InstallationDocument,
  policy: UpgradePolicy,
): Promise<ReleaseFacts | undefined> {
  if (policy.auto === 'none') return undefined
  const system = store.asSystem(REASON)
  const document = await system(extensions).get(extension)
  const viewer = viewerIn(organizationId)
  if (document?.status !== 'listed' || !(await maySee(system, viewer, document))) return undefined
  const fits = (each: VersionDocument) =>
    each.state === 'published' &&
    isOffered(document, each) &&
    isOldEnough(policy, each, clock.now()) &&
    allowsStep(policy, extension, { from, to: each.version })
  if (policy.channel !== LATEST) {
    const named = await resolveVersion(system, extension, { channel: policy.channel })
    return named && fits(named) ? named : undefined
  }
  const newer = await newerVersions(system, extension, from)
  return newer.find((each) => !isPreRelease(each.version) && fits(each))
}

async function newerVersions(system: Handle, extension: string, from: string): Promise<VersionDocument[]> {
  const where = { extension, sortKey: { $gt: versionKey(from) ?? '' } }
  return (await system(versions).find({ where, sort: [['sortKey', 'desc']], limit: MOST_VERSIONS })).data
}
