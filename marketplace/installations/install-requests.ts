import type { JsonObject } from '@annex/sdk/json'
import type { Audit } from '../../runtime/audit/audit.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Ids } from '../../runtime/ids.ts'
import { principalName, type UserPrincipal } from '../../runtime/permissions/principal.ts'
import { type Page, StorageConflict, type Store } from '../../runtime/storage/port.ts'
import { type Outcome, refused } from '../errors.ts'
import { commit } from '../publishing/commit.ts'
import type { GrantRequest } from './consent.ts'
import type { InstallResult } from './install.ts'
import {
  type InstallRequestDocument,
  type InstallRequestState,
  installRequests,
} from './install-requests-collection.ts'
import type { Installations } from './installations.ts'
import { type Decision, decideRequest, tellRequest } from './request-decision.ts'
import { resolveRelease } from './resolve-release.ts'

/** A member's wish for an extension, as the organization sees it. */
export interface InstallRequestView {
  id: string
  state: InstallRequestState
  /** `@publisher/name`. */
  extension: string
  version?: string
  message: string
  /** A user's id. */
  by: string
  decision?: { by: string; at: string; reason?: string; installationId?: string }
  createdAt: string
}

/** Members ask, admins decide. Each step is an event of the organization and in its trail, for both sides to be told. */
export interface InstallRequests {
  /** For an extension that is in the catalog; asking again while one is open is that one. */
  create(
    member: UserPrincipal,
    wish: { extension: string; version?: string; message: string },
  ): Promise<Outcome<InstallRequestView>>
  /** Newest first: admins see all, members their own. */
  list(
    member: UserPrincipal,
    query: { state?: InstallRequestState; limit?: number; cursor?: string },
  ): Promise<Page<InstallRequestView>>
  /** Installs with the admin's grant, and closes the request when that was begun. Refusals of the installation are the answer. */
  approve(
    admin: UserPrincipal,
    id: string,
    given: { grant?: GrantRequest; config?: JsonObject },
  ): Promise<Outcome<InstallResult & { request: InstallRequestView }>>
  decline(admin: UserPrincipal, id: string, reason: string): Promise<Outcome<InstallRequestView>>
}

interface RequestsDeps {
  store: Store
  clock: Clock
  ids: Ids
  audit: Audit
  installations: Pick<Installations, 'install'>
}

export function createInstallRequests(deps: RequestsDeps): InstallRequests {
  return {
    create: (member, wish) => create(deps, member, wish),
    async list(member, { state, ...page }) {
      const where = { ...(state && { state }), ...(isAdmin(member) ? {} : { by: member.userId }) }
      const query = { where, sort: [['createdAt', 'desc']] as const, ...page }
      const found = await deps.store.forOrganization(member.organizationId)(installRequests).find(query)
      return { ...found, data: found.data.map(viewOf) }
    },
    async approve(admin, id, given) {
      const open = await openRequest(deps, admin, id)
      if (!open.ok) return open
      const { extension, version } = open.value
      const installed = await deps.installations.install(admin, extension, { ...given, ...(version && { version }) })
      if (!installed.ok) return installed
      const installationId = installed.value.installation.id
      const decided = await decide(deps, admin, open.value, { state: 'approved', installationId })
      return decided.ok ? { ok: true, value: { ...installed.value, request: decided.value } } : decided
    },
    async decline(admin, id, reason) {
      const open = await openRequest(deps, admin, id)
      return open.ok ? decide(deps, admin, open.value, { state: 'declined', reason }) : open
    },
  }
}

function isAdmin({ role }: UserPrincipal): boolean {
  return role === 'owner' || role === 'admin'
}

async function create(
  deps: RequestsDeps,
  member: UserPrincipal,
  { extension, version, message }: { extension: string; version?: string; message: string },
): Promise<Outcome<InstallRequestView>> {
  const wish = version === undefined ? {} : { version }
  const found = await resolveRelease(deps, member.organizationId, extension, wish, { isFirst: true })
  if (!found.ok) return found
  const { organizationId, userId } = member
  const openKey = `${userId} ${extension}`
  const row = { state: 'open', extension, ...(version && { version }), message, by: userId, openKey } as const
  try {
    return await deps.store.tx(async (tx) => {
      const documents = tx.forOrganization(organizationId)(installRequests)
      const stored = await documents.insert({ _id: deps.ids('irq'), ...row, createdAt: deps.clock.iso() })
      await tellRequest(deps, tx, stored, { actor: userId, action: 'install_request.created' })
      return { ok: true, value: viewOf(stored) }
    })
  } catch (error) {
    if (!(error instanceof StorageConflict)) throw error
    const open = await deps.store
      .forOrganization(organizationId)(installRequests)
      .find({ where: { openKey }, limit: 1 })
    const [there] = open.data
    return there ? { ok: true, value: viewOf(there) } : refused('CONFLICT', 'the request was decided just now')
  }
}

async function openRequest(
  { store, audit }: RequestsDeps,
  admin: UserPrincipal,
  id: string,
): Promise<Outcome<InstallRequestDocument>> {
  const { organizationId } = admin
  const found = await store.forOrganization(organizationId)(installRequests).get(id)
  if (!found || (!isAdmin(admin) && found.by !== admin.userId)) return refused('NOT_FOUND', 'there is no such request')
  if (!isAdmin(admin)) {
    const entry = { organizationId, actor: principalName(admin), action: 'install_request.decide', target: id }
    await audit.write({ ...entry, outcome: 'refused', rule: 'role' })
    return refused('PERMISSION_DENIED', 'only owners and admins of the organization decide')
  }
  return found.state === 'open' ? { ok: true, value: found } : refused('CONFLICT', `the request is ${found.state}`)
}

/** An installation that became active meanwhile has approved the request already. */
function decide(
  deps: RequestsDeps,
  admin: UserPrincipal,
  request: InstallRequestDocument,
  decision: Decision,
): Promise<Outcome<InstallRequestView>> {
  return commit<InstallRequestView>(deps.store, async (tx) => {
    const current = await tx.forOrganization(admin.organizationId)(installRequests).get(request._id)
    if (current?.state === 'approved' && decision.state === 'approved') return { ok: true, value: viewOf(current) }
    if (current?.state !== 'open') return refused('CONFLICT', `the request is ${current?.state ?? 'gone'}`)
    return { ok: true, value: viewOf(await decideRequest(deps, tx, current, { by: admin.userId, ...decision })) }
  })
}

function viewOf({ _id: id, state, extension, version, message, by, decision, createdAt }: InstallRequestDocument) {
  const more = { ...(version && { version }), ...(decision && { decision }) }
  return { id, state, extension, message, by, ...more, createdAt }
}
