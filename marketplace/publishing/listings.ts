import type { Audit } from '../../runtime/audit/audit.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Handle, Store, Transaction } from '../../runtime/storage/port.ts'
import { organizations } from '../accounts/accounts-collections.ts'
import { type Identity, identityName } from '../accounts/identity.ts'
import { type Outcome, refused } from '../errors.ts'
import { LATEST } from './channels.ts'
import { commit, written } from './commit.ts'
import { resolveDependencies } from './dependencies.ts'
import { isForOwn } from './own-organizations.ts'
import { projectExtension } from './project-extension.ts'
import { refuseUnlessOwner } from './publishers.ts'
import { type ExtensionDocument, extensions, submissions, type Visibility, versions } from './publishing-collections.ts'
import { INSTALLABLE, resolveVersion } from './resolve-version.ts'
import type { ReviewDesk } from './review-desk.ts'
import { audienceOf } from './visibility.ts'

const REASON = 'extensions belong to publishers, which belong to no organization'

/** Organizations that one extension may be for. */
export const MOST_ORGANIZATIONS = 50

export interface Listing {
  visibility: Visibility
  /** Who is to see it once the review of its latest version has passed. */
  wanted?: Visibility
}

/** Who sees an extension. */
export interface Listings {
  /** For owners of the publisher. More than the own organizations see nothing that nobody looked at: its review comes first. */
  set(identity: Identity, extension: string, visibility: Visibility): Promise<Outcome<Listing>>
}

export interface ListingsDeps {
  store: Store
  clock: Clock
  audit: Audit
  reviewDesk: ReviewDesk
}

export function createListings(deps: ListingsDeps): Listings {
  return {
    set: (identity, extension, visibility) =>
      commit(deps.store, async (tx) => {
        const handle = tx.asSystem(REASON)
        const current = await handle(extensions).get(extension)
        if (!current) return refused('NOT_FOUND', `there is no extension ${extension}`)
        const refusal =
          (await refuseUnlessOwner(handle, identity, current.publisher)) ?? (await refuseVisibility(handle, visibility))
        if (refusal) return refusal
        const now = deps.clock.iso()
        const waits =
          !(await isForOwn(handle, current.publisher, visibility)) && (await hasUnreviewed(handle, extension))
        if (waits) {
          const refusal = await sendToReview(deps, tx, handle, current)
          if (refusal) return refusal
        }
        const unmet = await refuseHidden(handle, extension, visibility)
        if (unmet) return unmet
        const after = waits
          ? await projectExtension(tx, handle, extension, { now, set: { wantedVisibility: visibility } })
          : await projectExtension(tx, handle, extension, { now, set: { visibility }, unset: ['wantedVisibility'] })
        const entry = { organizationId: 'system', actor: identityName(identity), action: 'extension.visibility' }
        const details = { ...visibility, waits }
        await deps.audit.within(tx, { ...entry, target: extension, outcome: 'allowed', details })
        return { ok: true, value: listingOf(after) }
      }),
  }
}

/** Also for the wish of a first upload. */
export async function refuseVisibility(handle: Handle, visibility: Visibility) {
  if (visibility.kind !== 'organization') return undefined
  const named = [...new Set(visibility.organizations)]
  if (named.length === 0 || named.length > MOST_ORGANIZATIONS)
    return refused('INVALID_ARGUMENT', `name 1 to ${MOST_ORGANIZATIONS} organizations`)
  const found = await handle(organizations).getMany(named)
  if (found.length === named.length) return undefined
  return refused('INVALID_ARGUMENT', 'one of the organizations does not exist')
}

/** What all may install must need nothing that some of them may not see. */
async function refuseHidden(handle: Handle, extension: string, visibility: Visibility) {
  const latest = await resolveVersion(handle, extension, { channel: LATEST })
  if (!latest) return undefined
  const { dependencies } = latest.capabilities
  const root = { name: extension, dependencies, audience: audienceOf(visibility) }
  const resolved = await resolveDependencies(handle, root)
  if (resolved.ok) return undefined
  const { problems } = resolved
  const message = `${extension} needs what not all of them can have: ${problems.map((each) => each.message).join('; ')}`
  return refused('DEPENDENCY_UNRESOLVED', message, { details: { problems } })
}

async function hasUnreviewed(handle: Handle, extension: string): Promise<boolean> {
  const where = { extension, state: INSTALLABLE, unreviewed: true }
  return (await handle(versions).find({ where, limit: 1 })).data.length > 0
}

/** Only the latest is looked at: earlier ones that nobody saw go with its approval. */
async function sendToReview(
  { reviewDesk, clock }: ListingsDeps,
  tx: Transaction,
  handle: Handle,
  { _id: extension, publisher }: ExtensionDocument,
) {
  const latest = await resolveVersion(handle, extension, { channel: LATEST })
  if (!latest?.unreviewed) return refused('VERSION_STATE', 'publish a version that a reviewer can look at first')
  const { version, digest, size, submissionId } = latest
  const submission = await handle(submissions).get(submissionId)
  if (!submission) throw new Error(`the version ${latest._id} has no submission`)
  if (submission.state === 'in_review') return undefined
  if (submission.reviewId !== undefined)
    return refused('VERSION_STATE', `${extension} ${version} was looked at and not approved: publish a new version`)
  const set = { state: 'in_review', updatedAt: clock.iso() }
  written(await handle(submissions).patch(submissionId, { set }, { rev: submission.rev }))
  // All of it is new to whoever looks.
  const reviewCase = { submissionId, publisher, extension, version, digest, changedCode: size }
  const { id: reviewId } = await reviewDesk.open(tx, reviewCase)
  written(await handle(submissions).patch(submissionId, { set: { reviewId } }))
  return undefined
}

/** In the commit that approves a version: what waited for it, and what goes because nobody looked at it. */
export async function widenVisibility(tx: Transaction, extension: string, now: string): Promise<void> {
  const handle = tx.asSystem(REASON)
  const wanted = (await handle(extensions).get(extension))?.wantedVisibility
  if (!wanted) return
  let more = true
  while (more) {
    const where = { extension, state: INSTALLABLE, unreviewed: true }
    const { data } = await handle(versions).find({ where, limit: 100 })
    const yanked = {
      reason: 'it was for the own organizations, and nobody looked at it',
      by: 'system:listing',
      at: now,
    }
    for (const { _id, rev } of data)
      written(await handle(versions).patch(_id, { set: { state: 'yanked', yanked } }, { rev }))
    more = data.length > 0
  }
  await projectExtension(tx, handle, extension, { now, set: { visibility: wanted }, unset: ['wantedVisibility'] })
}

/**
 * In the commit of a verdict that does not approve. What was in use in the own organizations stays that; only the wider
 * listing is off. Says what the submission is from now on.
 */
export async function declineVersion<S extends 'changes_requested' | 'rejected'>(
  tx: Transaction,
  versionId: string,
  { state, now }: { state: S; now: string },
): Promise<S | 'published'> {
  const handle = tx.asSystem(REASON)
  const version = await handle(versions).get(versionId)
  if (!version?.unreviewed) {
    written(await handle(versions).patch(versionId, { set: { state } }))
    return state
  }
  await projectExtension(tx, handle, version.extension, { now, unset: ['wantedVisibility'] })
  return 'published'
}

export function listingOf({ visibility = { kind: 'public' }, wantedVisibility }: ExtensionDocument): Listing {
  return { visibility, ...(wantedVisibility && { wanted: wantedVisibility }) }
}
