import type { Audit } from '../../runtime/audit/audit.ts'
import { type Clock, isoPlus } from '../../runtime/clock.ts'
import { principalName, type UserPrincipal } from '../../runtime/permissions/principal.ts'
import type { Handle, Store } from '../../runtime/storage/port.ts'
import { type Outcome, refused } from '../errors.ts'
import { LATEST } from '../publishing/channels.ts'
import { commitFound, written } from '../publishing/commit.ts'
import { extensions, type VersionDocument } from '../publishing/publishing-collections.ts'
import type { Reports } from '../publishing/reports.ts'
import { resolveVersion } from '../publishing/resolve-version.ts'
import { maySee, viewerIn } from '../publishing/visibility.ts'
import { type EntitlementDocument, entitlements } from './listing-collections.ts'

const REASON = 'extensions belong to publishers, which belong to no organization'
const DAY_MS = 24 * 3_600_000
/** Ended trials that one sweep sees to. */
const PER_SWEEP = 100

export interface Entitlement {
  extension: string
  plan: 'trial' | 'paid'
  startedAt: string
  /** Of a trial. */
  endsAt?: string
  /** Whether it holds now. */
  active: boolean
}

/** What organizations may use of extensions that are not free. It says what is due; no payment is taken here. */
export interface Entitlements {
  of(organizationId: string, extension: string): Promise<Entitlement | undefined>
  /** For an owner or admin. A trial is had once; `paid` may follow it, or come at once. */
  take(admin: UserPrincipal, extension: string, plan: 'trial' | 'paid'): Promise<Outcome<Entitlement>>
  /** Holds what is installed where a trial has ended. */
  sweep(): Promise<void>
}

export interface EntitlementsDeps {
  store: Store
  clock: Clock
  audit: Audit
  reports: Reports
  /** Stops what is installed of it, or lets it run again. May be called again for the same one. */
  license(organizationId: string, extension: string, held: boolean): Promise<void>
}

/** Whether a version needs one to be installed. */
export function needsEntitlement({ card }: Pick<VersionDocument, 'card'>): boolean {
  return card.pricing !== 'FREE' && card.pricing !== 'FREEMIUM'
}

/** Read where the caller needs it: in the transaction of an installation too. */
export async function entitlementOf(
  tenant: Handle,
  organizationId: string,
  extension: string,
  now: string,
): Promise<Entitlement | undefined> {
  const document = await tenant(entitlements).get(entitlementId(organizationId, extension))
  return document && entitlementView(document, now)
}

/** Why the organization may not install this version. */
export async function refuseUnentitled(
  tenant: Handle,
  organizationId: string,
  version: Pick<VersionDocument, 'extension' | 'card'>,
  now: string,
) {
  const { extension, card } = version
  if (!needsEntitlement(version) || (await entitlementOf(tenant, organizationId, extension, now))?.active)
    return undefined
  const take = `/api/marketplace/extensions/${extension.slice(1)}/entitlement`
  const message = `${extension} is not free (${card.pricing}): begin a trial or take a plan first`
  return refused('ENTITLEMENT_REQUIRED', message, {
    details: { pricing: card.pricing, ...(card.terms && { terms: card.terms }), take },
  })
}

export function createEntitlements(deps: EntitlementsDeps): Entitlements {
  const { store, clock } = deps
  return {
    of: (organizationId, extension) =>
      entitlementOf(store.forOrganization(organizationId), organizationId, extension, clock.iso()),
    async take(admin, extension, plan) {
      const days = await trialDays(deps, admin.organizationId, extension)
      if (!days.ok) return days
      const taken = await take(deps, admin, { extension, plan, days: days.value })
      if (taken.ok) await deps.license(admin.organizationId, extension, false)
      return taken
    },
    sweep: () => sweep(deps),
  }
}

/** 0 when there is none. */
async function trialDays(
  { store, reports }: EntitlementsDeps,
  organizationId: string,
  extension: string,
): Promise<Outcome<number>> {
  const system = store.asSystem(REASON)
  const document = await system(extensions).get(extension)
  const shown = document && (await maySee(system, viewerIn(organizationId), document))
  const latest = shown ? await resolveVersion(system, extension, { channel: LATEST }) : undefined
  if (!latest) return refused('NOT_FOUND', `there is no extension ${extension} in the catalog`)
  if (!needsEntitlement(latest)) return refused('INVALID_ARGUMENT', `${extension} needs no entitlement`)
  const { pricing } = (await reports.passed(latest.reportId)).package.manifest.annex
  return { ok: true, value: pricing?.trialPeriod ?? 0 }
}

function take(
  { store, clock, audit }: EntitlementsDeps,
  admin: UserPrincipal,
  { extension, plan, days }: { extension: string; plan: 'trial' | 'paid'; days: number },
): Promise<Outcome<Entitlement>> {
  const { organizationId } = admin
  return commitFound(store, async (tx) => {
    const tenant = tx.forOrganization(organizationId)
    const [_id, now, by] = [entitlementId(organizationId, extension), clock.iso(), principalName(admin)]
    const before = await tenant(entitlements).get(_id)
    if (before?.plan === plan && entitlementView(before, now).active)
      return { ok: true, value: entitlementView(before, now) }
    if (plan === 'trial' && days === 0) return refused('INVALID_ARGUMENT', `${extension} has no trial`)
    if (plan === 'trial' && before) return refused('TRIAL_USED', `there is one trial of ${extension}`)
    const trial = plan === 'trial' ? { endsAt: isoPlus(now, days * DAY_MS), trialStartedAt: now } : {}
    const set = { plan, by, startedAt: now, ...trial }
    const after = before
      ? written(await tenant(entitlements).patch(_id, { set, unset: ['endsAt', 'ended'] }, { rev: before.rev }))
      : await tenant(entitlements).insert({ _id, extension, ...set })
    const entry = {
      organizationId,
      actor: by,
      action: 'entitlement.take',
      target: extension,
      outcome: 'allowed',
    } as const
    await audit.within(tx, { ...entry, details: { plan, ...(after.endsAt !== undefined && { endsAt: after.endsAt }) } })
    return { ok: true, value: entitlementView(after, now) }
  })
}

async function sweep({ store, clock, license }: EntitlementsDeps): Promise<void> {
  const system = store.asSystem('trials end in every organization')
  const where = { plan: 'trial', endsAt: { $lte: clock.iso() }, ended: { $exists: false } } as const
  const { data } = await system(entitlements).find({ where, sort: [['endsAt', 'asc']], limit: PER_SWEEP })
  for (const { _id, organizationId, extension, rev } of data) {
    if (organizationId === undefined) throw new Error(`the entitlement ${_id} has no organization`)
    // First what it is for: a sweep that ends in between comes again.
    await license(organizationId, extension, true)
    const ended = await system(entitlements).patch(_id, { set: { ended: true } }, { rev })
    if (ended) continue
    // A plan may have been taken meanwhile, and what that let run again is held now.
    const now = await entitlementOf(store.forOrganization(organizationId), organizationId, extension, clock.iso())
    if (now?.active) await license(organizationId, extension, false)
  }
}

function entitlementView({ extension, plan, startedAt, endsAt }: EntitlementDocument, now: string): Entitlement {
  const active = endsAt === undefined || endsAt > now
  return { extension, plan, startedAt, ...(endsAt === undefined ? {} : { endsAt }), active }
}

function entitlementId(organizationId: string, extension: string): string {
  return `${organizationId}:${extension}`
}
