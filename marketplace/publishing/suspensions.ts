import type { Audit } from '../../runtime/audit/audit.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Handle, Store, Transaction } from '../../runtime/storage/port.ts'
import { type Identity, identityName } from '../accounts/identity.ts'
import { type Outcome, refused } from '../errors.ts'
import { tellAuthor } from './author-events.ts'
import { commit, written } from './commit.ts'
import { projectExtension } from './project-extension.ts'
import { emitPublisherChange } from './publishers.ts'
import { extensions, publishers } from './publishing-collections.ts'

const REASON = 'extensions belong to publishers, which belong to no organization'

/** Takes extensions out of the catalog and lets them back in: for moderators. What is installed goes on. */
export interface Suspensions {
  /** With a reason it is suspended, without one no more. */
  extension(identity: Identity, extension: string, reason: string | undefined): Promise<Outcome<{ status: string }>>
  /** With all its extensions. From then on nothing of it is published. */
  publisher(identity: Identity, slug: string, reason: string | undefined): Promise<Outcome<{ state: string }>>
}

export interface SuspensionDeps {
  store: Store
  clock: Clock
  audit: Audit
}

export function createSuspensions(deps: SuspensionDeps): Suspensions {
  const { store, clock } = deps
  return {
    async extension(identity, extension, reason) {
      return (
        refuseUnlessModerator(identity) ??
        commit(store, async (tx) => {
          const handle = tx.asSystem(REASON)
          if (!(await handle(extensions).get(extension)))
            return refused('NOT_FOUND', `there is no extension ${extension}`)
          const [by, now] = [identityName(identity), clock.iso()]
          const change =
            reason === undefined ? { unset: ['suspended'] as const } : { set: { suspended: { by, reason, at: now } } }
          const { status } = await projectExtension(tx, handle, extension, { now, ...change })
          await note(deps, tx, identity, { what: 'extension', target: extension, reason })
          return { ok: true, value: { status } }
        })
      )
    },
    async publisher(identity, slug, reason) {
      return (
        refuseUnlessModerator(identity) ??
        commit(store, async (tx) => {
          const handle = tx.asSystem(REASON)
          const current = await handle(publishers).get(slug)
          if (!current) return refused('PUBLISHER_UNKNOWN', `there is no publisher "${slug}"`)
          const state = reason === undefined ? 'active' : 'suspended'
          // The row that every publication of it writes: one of two at once sees the other.
          written(await handle(publishers).patch(slug, { set: { state } }, { rev: current.rev }))
          for (const extension of await extensionsOf(handle, slug))
            await projectExtension(tx, handle, extension, { now: clock.iso() })
          emitPublisherChange(tx, slug)
          await note(deps, tx, identity, { what: 'publisher', target: slug, reason })
          return { ok: true, value: { state } }
        })
      )
    },
  }
}

function refuseUnlessModerator(identity: Identity) {
  if (identity.kind === 'user' && identity.platformRoles.includes('moderator')) return undefined
  return refused('PERMISSION_DENIED', 'this is for moderators')
}

async function extensionsOf(handle: Handle, publisher: string): Promise<string[]> {
  const found: string[] = []
  let cursor: string | undefined
  do {
    const page = await handle(extensions).find({ where: { publisher }, limit: 1000, ...(cursor && { cursor }) })
    found.push(...page.data.map(({ _id }) => _id))
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return found
}

function publisherOf(extension: string): string {
  return extension.slice(1, extension.indexOf('/'))
}

async function note(
  { audit }: SuspensionDeps,
  tx: Transaction,
  identity: Identity,
  { what, target, reason }: { what: 'extension' | 'publisher'; target: string; reason: string | undefined },
): Promise<void> {
  const act = reason === undefined ? 'unsuspend' : 'suspend'
  const actor = identityName(identity)
  tx.emit({
    partition: 'system',
    type: `${what}.${act}`,
    payload: { [what]: target, by: actor, ...(reason !== undefined && { reason }) },
  })
  const publisher = what === 'publisher' ? target : publisherOf(target)
  const named = { publisher, ...(what === 'extension' && { extension: target }) }
  const told = reason === undefined ? ('restored' as const) : ('suspended' as const)
  tellAuthor(tx, `${what}.${told}`, { ...named, by: actor, ...(reason !== undefined && { texts: [reason] }) })
  await audit.within(tx, {
    ...{ organizationId: 'system', actor, action: `${what}.${act}`, target, outcome: 'allowed' },
    ...(reason === undefined ? {} : { details: { reason } }),
  })
}
