import type { JsonObject } from '@annex/sdk/json'
import type { GrantEntry } from '@annex/sdk/read-grants'
import type { ScopeGrant } from '@annex/sdk/scopes'
import type {
  ActiveInstallation,
  CredentialInjection,
  DrainingGrant,
  EgressGrant,
} from '../../runtime/installation-source.ts'
import { collection, type Stored } from '../../runtime/storage/port.ts'
import { installRequests } from './install-requests-collection.ts'
import { type UpgradePolicy, upgradeDefaults } from './upgrade-policy.ts'

/**
 * Only `active` runs: that is the one thing that the runtime reads. `disabled` is what an installation with reasons in
 * `disabled` is. `failed` and `uninstalled` are final and stay as a record.
 */
export type InstallationState = 'installing' | 'active' | 'disabled' | 'uninstalling' | 'failed' | 'uninstalled'

/** In this order; the last one makes it active. */
export type InstallStep = 'verifying' | 'health_check' | 'on_install' | 'activating'

export interface InstallFailure {
  step: InstallStep
  code: string
  message: string
  at: string
}

/** Each is given and taken back for itself; an installation runs when none is left. */
export const DISABLED_REASONS = [
  'admin',
  'policy',
  'killed',
  'errors',
  'licence',
  'incompatible',
  'invalid_signature',
] as const
export type DisabledReason = (typeof DISABLED_REASONS)[number]

export type Disabled = {
  /** A principal, or `system`. */
  by: string
  at: string
  /** For the admins, in words. */
  message?: string
}

/** In this order; `awaiting_consent` waits for an admin, the rest is the work of a job. */
export type UpgradeStep = 'awaiting_consent' | 'verifying' | 'health_check' | 'on_upgrade' | 'swapping'

/** A version that is being put in the place of the one that runs, which runs on until then. */
export type Upgrade = {
  operation: 'upgrade' | 'rollback'
  step: UpgradeStep
  version: string
  /** SHA-256 (hex) of the package. */
  digest: string
  /** What the version will run with; absent while it is awaited. */
  consent?: GrantedConsent
  by: string
  since: string
  /** Absent while consent is awaited. */
  jobId?: string
}

/** How the last upgrade ended that did not stay. A policy does not try that version again. */
export type EndedUpgrade = {
  operation: Upgrade['operation']
  version: string
  outcome: 'failed' | 'rolled_back'
  step?: UpgradeStep
  code: string
  message: string
  at: string
}

/** What ran before the last upgrade, for the way back. */
export type PreviousRelease = {
  version: string
  digest: string
  consent: GrantedConsent
  at: string
}

/** What an admin granted, and on the sight of what. */
export type GrantedConsent = {
  /** The agreement that it rests on. */
  consentId: string
  /** What the manifest asked for when it was granted; another digest needs another consent. */
  manifestDigest: string
  scopes: GrantEntry[]
  /** As `hostKey` and `configHostKey` name them. */
  hosts: string[]
  by: string
  at: string
}

/** An extension that an installation needs, as it was when it was installed. */
export type DependencyLock = {
  /** `@publisher/name`. */
  name: string
  /** What its manifest asks for. */
  range: string
  version: string
  /** SHA-256 (hex) of the package. */
  digest: string
}

/** Version and grant stand in one document, so new code never runs with another grant than its own. */
export interface InstallationDocument extends Stored {
  state: InstallationState
  /** The extension, while the installation lives: one per organization. */
  liveKey?: string
  /** `@publisher/name`. */
  extension: string
  displayName: string
  kind: ActiveInstallation['kind']
  version: string
  /** SHA-256 (hex) of the package. */
  digest: string
  /** What it needs of what else is installed; absent: nothing. */
  lock?: DependencyLock[]
  /** Raised by each installation that needs this one, so that one and an uninstalling at once meet in one document. */
  dependants?: number
  consent: GrantedConsent
  /** What follows from consent, manifest and configuration: as the runtime reads it. */
  grants: ScopeGrant[]
  egress: EgressGrant[]
  injections: CredentialInjection[]
  /** Types of events that the version subscribes to. */
  events: string[]
  /** JSON text: its keys are an author's and a user's, and need not be field names that an engine takes. */
  config: string
  epoch: number
  /** It is of bytes that were never published, and goes when their time is over. */
  draft?: { id: string; expiresAt: string }
  disabled?: Partial<Record<DisabledReason, Disabled>>
  /** By an entry of the kill list that lets nothing of it start and leaves the rest as it is. */
  blocked?: { seq: number; message: string; at: string }
  upgrade?: Upgrade
  lastUpgrade?: EndedUpgrade
  previous?: PreviousRelease
  /** While runs of a new version are looked at. */
  watch?: { since: string; until: string }
  /** What runs of the version before, begun before the change, may still do. */
  draining?: DrainingGrant
  /** Absent: as the organization has it. */
  policy?: UpgradePolicy
  /** Of the installing. */
  step?: InstallStep
  failure?: InstallFailure
  /** The job that installs or uninstalls, for whoever waits. */
  jobId: string
  createdAt: string
  updatedAt: string
}

/** What an agreement was about. A change of the grant ends what was agreed to before it. */
export type ConsentKind = 'install' | 'upgrade' | 'rollback' | 'grant'

/** Every agreement that was ever given; appended, never changed. */
export interface ConsentDocument extends Stored {
  installationId: string
  kind: ConsentKind
  extension: string
  version: string
  /** What was agreed to was this; for another digest it says nothing. */
  manifestDigest: string
  scopes: GrantEntry[]
  hosts: string[]
  /** Against the grant before: scopes and hosts. */
  added: string[]
  removed: string[]
  /** What the version asks for and did not get. */
  withheld: string[]
  /** Of the installation when it was given: agreements come in its order. */
  epoch: number
  by: string
  at: string
}

export const installations = collection<InstallationDocument>({
  name: 'installations',
  scope: 'organization',
  indexes: {
    live: { fields: ['liveKey'], unique: true },
    byState: { fields: ['state', 'createdAt'] },
    byExtension: { fields: ['state', 'extension'], global: true },
  },
})

export const consents = collection<ConsentDocument>({
  name: 'consents',
  scope: 'organization',
  indexes: { byInstallation: { fields: ['installationId', 'epoch'] } },
})

export const installationsCollections = [installations, consents, upgradeDefaults, installRequests]

export function toActive(document: InstallationDocument): ActiveInstallation {
  const { _id: id, organizationId, extension, kind, version, digest, epoch } = document
  if (organizationId === undefined) throw new Error(`the installation ${id} has no organization`)
  const { grants, egress, injections, draining } = document
  const config = configOf(document)
  const own = { id, organizationId, extension, kind, version, digest, epoch, grants, egress, injections, config }
  return { ...own, ...(draining && { draining }) }
}

export function configOf({ config }: InstallationDocument): JsonObject {
  return JSON.parse(config) as JsonObject
}
