import type { Audit } from '../../runtime/audit/audit.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Ids } from '../../runtime/ids.ts'
import { principalName, type UserPrincipal } from '../../runtime/permissions/principal.ts'
import type { Handle, Page, Store, Transaction } from '../../runtime/storage/port.ts'
import { type Identity, identityName } from '../accounts/identity.ts'
import { type Outcome, refused } from '../errors.ts'
import { tellAuthor } from '../publishing/author-events.ts'
import { commit, commitFound, written } from '../publishing/commit.ts'
import { roleIn } from '../publishing/publishers.ts'
import { type ExtensionDocument, extensions } from '../publishing/publishing-collections.ts'
import { maySee, type Viewer, viewerIn } from '../publishing/visibility.ts'
import { type RatingDocument, ratings } from './listing-collections.ts'

const REASON = 'ratings are for everybody who sees the extension'

/** What the outbox says when the rating of an extension is another one. */
const RATED = 'extension.rated'
const RATING_ANSWERED = 'installation.rating_answered'

export interface Rating {
  id: string
  stars: number
  text: string
  createdAt: string
  updatedAt: string
  reply?: { text: string; at: string }
  /** Of the sender's organization. */
  own?: true
}

/** By organizations that have an extension, one each. Who they are is not told. */
export interface Ratings {
  /** Latest first. */
  list(extension: string, viewer: Viewer, page: { limit?: number; cursor?: string }): Promise<Outcome<Page<Rating>>>
  /** For an owner or admin; in the place of an earlier one. `NOT_INSTALLED` unless the organization has used it a while. */
  rate(admin: UserPrincipal, extension: string, rating: { stars: number; text: string }): Promise<Outcome<Rating>>
  withdraw(admin: UserPrincipal, extension: string): Promise<Outcome<undefined>>
  /** For members of the publisher; without a text the reply goes. */
  reply(identity: Identity, extension: string, id: string, text: string | undefined): Promise<Outcome<Rating>>
}

export interface RatingsDeps {
  store: Store
  clock: Clock
  ids: Ids
  audit: Audit
  /** Whether the organization has, or had, the extension installed for a day at least. */
  hasUsed(organizationId: string, extension: string): Promise<boolean>
}

export function createRatings(deps: RatingsDeps): Ratings {
  const { store } = deps
  return {
    async list(extension, viewer, page) {
      const system = store.asSystem(REASON)
      if (!(await visible(system, extension, viewer))) return unknownExtension(extension)
      const found = await system(ratings).find({ where: { extension }, sort: [['updatedAt', 'desc']], ...page })
      return { ok: true, value: { ...found, data: found.data.map((one) => ratingView(one, viewer.organizations)) } }
    },
    rate: (admin, extension, rating) => rate(deps, admin, extension, rating),
    withdraw: (admin, extension) => withdraw(deps, admin, extension),
    reply: (identity, extension, id, text) => reply(deps, identity, { extension, id, text }),
  }
}

async function rate(
  deps: RatingsDeps,
  admin: UserPrincipal,
  extension: string,
  { stars, text }: { stars: number; text: string },
): Promise<Outcome<Rating>> {
  const { organizationId: organization } = admin
  const system = deps.store.asSystem(REASON)
  const listed = await visible(system, extension, viewerIn(organization))
  if (!listed) return unknownExtension(extension)
  if (!(await deps.hasUsed(organization, extension)))
    return refused('NOT_INSTALLED', 'an organization rates what it has had installed for a day at least')
  return commitFound(deps.store, async (tx) => {
    const handle = tx.asSystem(REASON)
    const [before, now] = [await ratingOf(handle, extension, organization), deps.clock.iso()]
    const said = { stars, text, by: principalName(admin), updatedAt: now }
    const after = before
      ? written(await handle(ratings).patch(before._id, { set: said }, { rev: before.rev }))
      : await handle(ratings).insert({ _id: deps.ids('rat'), extension, organization, createdAt: now, ...said })
    await count(tx, extension, { count: before ? 0 : 1, stars: stars - (before?.stars ?? 0) })
    await note(deps, tx, admin, 'rating.give', { extension, stars })
    // Once: who changes their mind every minute writes no mails to the publisher.
    if (!before)
      tellAuthor(tx, 'rating.given', {
        ...factsOf(listed),
        by: said.by,
        texts: [`${stars}/5`, ...(text ? [text] : [])],
      })
    return { ok: true, value: ratingView(after, [organization]) }
  })
}

function withdraw(deps: RatingsDeps, admin: UserPrincipal, extension: string): Promise<Outcome<undefined>> {
  return commit(deps.store, async (tx) => {
    const handle = tx.asSystem(REASON)
    const before = await ratingOf(handle, extension, admin.organizationId)
    if (!before) return refused('NOT_FOUND', `your organization has not rated ${extension}`)
    await handle(ratings).delete(before._id, { rev: before.rev })
    await count(tx, extension, { count: -1, stars: -before.stars })
    await note(deps, tx, admin, 'rating.withdraw', { extension })
    return { ok: true, value: undefined }
  })
}

function reply(
  { store, clock, audit }: RatingsDeps,
  identity: Identity,
  { extension, id, text }: { extension: string; id: string; text: string | undefined },
): Promise<Outcome<Rating>> {
  return commit(store, async (tx) => {
    const handle = tx.asSystem(REASON)
    const [owner, rating] = [await handle(extensions).get(extension), await handle(ratings).get(id)]
    const role = owner && (await roleIn(handle, identity.userId, owner.publisher))
    if (!owner || !rating || rating.extension !== extension) return refused('NOT_FOUND', 'there is no such rating')
    if (!role || identity.kind !== 'user')
      return refused('PUBLISHER_FORBIDDEN', `only members of "${owner.publisher}" reply`)
    const by = identityName(identity)
    const patch = text === undefined ? { unset: ['reply'] } : { set: { reply: { text, by, at: clock.iso() } } }
    const after = written(await handle(ratings).patch(id, patch, { rev: rating.rev }))
    if (text !== undefined && !rating.reply) tellRater(tx, rating, { actor: by, message: text })
    const entry = {
      organizationId: 'system',
      actor: by,
      action: 'rating.reply',
      target: id,
      outcome: 'allowed',
    } as const
    await audit.within(tx, { ...entry, details: { extension } })
    return { ok: true, value: ratingView(after, []) }
  })
}

function factsOf({ _id: extension, publisher }: ExtensionDocument) {
  return { extension, publisher }
}

/** To whoever gave it, as an event of their organization; once, as above. */
function tellRater(tx: Transaction, rating: RatingDocument, said: { actor: string; message: string }): void {
  const { organization: partition, extension, by } = rating
  tx.emit({ partition, type: RATING_ANSWERED, payload: { extension, by, ...said } })
}

async function visible(handle: Handle, extension: string, viewer: Viewer): Promise<ExtensionDocument | undefined> {
  const document = await handle(extensions).get(extension)
  const offered = document && document.status !== 'suspended' && document.status !== 'removed'
  return offered && (await maySee(handle, viewer, document)) ? document : undefined
}

async function ratingOf(handle: Handle, extension: string, organization: string) {
  return (await handle(ratings).find({ where: { extension, organization }, limit: 1 })).data[0]
}

/** On the extension's row, so that lists need no sums. */
async function count(tx: Transaction, extension: string, by: { count: number; stars: number }): Promise<void> {
  const inc = { 'ratings.count': by.count, 'ratings.stars': by.stars }
  written(await tx.asSystem(REASON)(extensions).patch(extension, { inc }))
  tx.emit({ partition: 'system', type: RATED, payload: { extension } })
}

async function note(
  { audit }: RatingsDeps,
  tx: Transaction,
  admin: UserPrincipal,
  action: string,
  details: { extension: string; stars?: number },
): Promise<void> {
  const { organizationId } = admin
  const entry = { organizationId, actor: principalName(admin), action, target: details.extension } as const
  await audit.within(tx, { ...entry, outcome: 'allowed', details })
}

function ratingView(document: RatingDocument, organizations: readonly string[]): Rating {
  const { _id: id, organization, stars, text, createdAt, updatedAt, reply: answer } = document
  return {
    ...{ id, stars, text, createdAt, updatedAt },
    ...(answer && { reply: { text: answer.text, at: answer.at } }),
    ...(organizations.includes(organization) && { own: true }),
  }
}

function unknownExtension(extension: string) {
  return refused('NOT_FOUND', `there is no extension ${extension} in the catalog`)
}
