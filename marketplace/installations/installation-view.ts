import type { JsonObject } from '@annex/sdk/json'
import type { EgressGrant } from '../../runtime/installation-source.ts'
import type { CircuitDocument } from '../../runtime/invocations/invocations-collections.ts'
import {
  configOf,
  type GrantedConsent,
  type InstallationDocument,
  type InstallationState,
  type InstallFailure,
} from './installation-collections.ts'

/** An installation as the members of its organization see it. */
export interface Installation {
  id: string
  /** `@publisher/name`. */
  extension: string
  displayName: string
  kind: 'connector' | 'transformation'
  version: string
  digest: string
  state: InstallationState
  grant: GrantedConsent
  /** The hosts that it can reach now, those of its configuration included. */
  egress: EgressGrant[]
  /** Types of events that it receives: those of the platform as far as its grant lets it read, those of extensions whole. */
  events: string[]
  config: JsonObject
  epoch: number
  /** It is of unpublished bytes. */
  draft?: { id: string; expiresAt: string }
  disabled?: { reason: string; by: string; at: string }
  failure?: InstallFailure
  /** While it rests, as it ended its sandbox process over and over. */
  circuit?: { class: string; deaths: number; since: string; until: string }
  jobId: string
  createdAt: string
  updatedAt: string
}

export function installationView(document: InstallationDocument, circuit?: CircuitDocument): Installation {
  const { _id: id, extension, displayName, kind, version, digest, state, consent, egress } = document
  const { events, epoch, draft, disabled, failure, jobId, createdAt, updatedAt } = document
  return {
    id,
    extension,
    displayName,
    kind,
    version,
    digest,
    state,
    grant: consent,
    egress,
    events,
    config: configOf(document),
    epoch,
    ...(draft ? { draft } : {}),
    ...(disabled ? { disabled } : {}),
    ...(failure ? { failure } : {}),
    ...(circuit?.epoch === epoch ? { circuit: circuitView(circuit) } : {}),
    jobId,
    createdAt,
    updatedAt,
  }
}

function circuitView({ class: ending, deaths, since, until }: CircuitDocument): NonNullable<Installation['circuit']> {
  return { class: ending, deaths, since, until }
}
