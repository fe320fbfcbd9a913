import type { JsonObject } from '@annex/sdk/json'
import type { GrantEntry } from '@annex/sdk/read-grants'
import type { ScopeGrant } from '@annex/sdk/scopes'
import type { ActiveInstallation, CredentialInjection, EgressGrant } from '../../runtime/installation-source.ts'
import { collection, type Stored } from '../../runtime/storage/port.ts'

/** Only `active` runs. `failed` and `uninstalled` are final and stay as a record. */
export type InstallationState = 'installing' | 'active' | 'disabled' | 'uninstalling' | 'failed' | 'uninstalled'

/** In this order; the last one makes it active. */
export type InstallStep = 'verifying' | 'health_check' | 'on_install' | 'activating'

export interface InstallFailure {
  step: InstallStep
  code: string
  message: string
  at: string
}

/** What an admin granted, and on the sight of what. */
export interface GrantedConsent {
  /** What the manifest asked for when it was granted; another digest needs another consent. */
  manifestDigest: string
  scopes: GrantEntry[]
  /** As `hostKey` and `configHostKey` name them. */
  hosts: string[]
  by: string
  at: string
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
  disabled?: { reason: 'admin'; by: string; at: string }
  /** Of the installing. */
  step?: InstallStep
  failure?: InstallFailure
  /** The job that installs or uninstalls, for whoever waits. */
  jobId: string
  createdAt: string
  updatedAt: string
}

/** Every consent that was ever given; appended, never changed. */
export interface ConsentDocument extends Stored {
  installationId: string
  extension: string
  version: string
  manifestDigest: string
  scopes: GrantEntry[]
  hosts: string[]
  by: string
  at: string
}

export const installations = collection<InstallationDocument>({
  name: 'installations',
  scope: 'organization',
  indexes: {
    live: { fields: ['liveKey'], unique: true },
    byState: { fields: ['state', 'createdAt'] },
  },
})

export const consents = collection<ConsentDocument>({
  name: 'consents',
  scope: 'organization',
  indexes: { byInstallation: { fields: ['installationId', 'at'] } },
})

export const installationsCollections = [installations, consents]

export function toActive(document: InstallationDocument): ActiveInstallation {
  const { _id: id, organizationId, extension, kind, version, digest, epoch } = document
  if (organizationId === undefined) throw new Error(`the installation ${id} has no organization`)
  const { grants, egress, injections } = document
  const config = configOf(document)
  return { id, organizationId, extension, kind, version, digest, epoch, grants, egress, injections, config }
}

export function configOf({ config }: InstallationDocument): JsonObject {
  return JSON.parse(config) as JsonObject
}
