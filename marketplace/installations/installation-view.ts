import type { JsonObject } from '@annex/sdk/json'
import type { EgressGrant } from '../../runtime/installation-source.ts'
import type { CircuitDocument } from '../../runtime/invocations/invocations-collections.ts'
import {
  configOf,
  type DependencyLock,
  type Disabled,
  type EndedUpgrade,
  type GrantedConsent,
  type InstallationDocument,
  type InstallationState,
  type InstallFailure,
  type Upgrade,
} from './installation-collections.ts'
import type { InstallationNews } from './installation-news.ts'
import type { UpgradePolicy } from './upgrade-policy.ts'

/** An installation as the members of its organization see it; news of the catalog where it is looked at, not where it is changed. */
export interface Installation extends InstallationNews {
  id: string
  /** `@publisher/name`. */
  extension: string
  displayName: string
  kind: 'connector' | 'transformation'
  version: string
  digest: string
  state: InstallationState
  /** What it needs of what else is installed, as it was then. */
  lock: DependencyLock[]
  grant: GrantedConsent
  /** The hosts that it can reach now, those of its configuration included. */
  egress: EgressGrant[]
  /** Types of events that it receives: those of the platform as far as its grant lets it read, those of extensions whole. */
  events: string[]
  config: JsonObject
  epoch: number
  /** It is of unpublished bytes. */
  draft?: { id: string; expiresAt: string }
  /** Why it does not run: it does when there is no reason left. */
  disabled: (Disabled & { reason: string })[]
  /** A version that waits for consent or is being put in the place of this one, which runs on. */
  upgrade?: Omit<Upgrade, 'consent'>
  /** How the last one ended that did not stay. */
  lastUpgrade?: EndedUpgrade
  /** What a rollback goes back to. */
  previous?: { version: string; at: string }
  /** Until then it is gone back by itself when the runs of this version fail. */
  watchedUntil?: string
  /** Its own policy; absent: the organization's. */
  policy?: UpgradePolicy
  failure?: InstallFailure
  /** While it rests, as it ended its sandbox process over and over. */
  circuit?: { class: string; deaths: number; since: string; until: string }
  jobId: string
  createdAt: string
  updatedAt: string
}

export function installationView(
  document: InstallationDocument,
  { circuit, news }: { circuit?: CircuitDocument | undefined; news?: InstallationNews | undefined } = {},
): Installation {
  const { _id: id, extension, displayName, kind, version, digest, state, consent, egress } = document
  const { lock = [], events, epoch, draft, disabled = {}, failure, jobId, createdAt, updatedAt } = document
  return {
    id,
    extension,
    displayName,
    kind,
    version,
    digest,
    state,
    lock,
    grant: consent,
    egress,
    events,
    config: configOf(document),
    epoch,
    ...(draft ? { draft } : {}),
    disabled: Object.entries(disabled).map(([reason, held]) => ({ reason, ...held })),
    ...news,
    ...(document.blocked ? { warning: { state: 'killed' as const, message: document.blocked.message } } : {}),
    ...upgradeView(document),
    ...(failure ? { failure } : {}),
    ...(circuit?.epoch === epoch ? { circuit: circuitView(circuit) } : {}),
    jobId,
    createdAt,
    updatedAt,
  }
}

function upgradeView({ upgrade, lastUpgrade, previous, watch, policy }: InstallationDocument) {
  return {
    ...(upgrade ? { upgrade: stepsOf(upgrade) } : {}),
    ...(lastUpgrade ? { lastUpgrade } : {}),
    ...(previous ? { previous: { version: previous.version, at: previous.at } } : {}),
    ...(watch ? { watchedUntil: watch.until } : {}),
    ...(policy ? { policy } : {}),
  }
}

function stepsOf({ consent: _, ...upgrade }: Upgrade): Omit<Upgrade, 'consent'> {
  return upgrade
}

function circuitView({ class: ending, deaths, since, until }: CircuitDocument): NonNullable<Installation['circuit']> {
  return { class: ending, deaths, since, until }
}
