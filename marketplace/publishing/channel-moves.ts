import type { Json } from '@annex/sdk/json'
import type { Audit } from '../../runtime/audit/audit.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Handle, Store, Transaction } from '../../runtime/storage/port.ts'
import { type Identity, identityName } from '../accounts/identity.ts'
import { type Outcome, refused } from '../errors.ts'
import { CHANNEL_NAMES, channelVersion, isChannel, LATEST, MAX_CHANNELS } from './channels.ts'
import { commit, written } from './commit.ts'
import { roleIn } from './publishers.ts'
import { type ExtensionDocument, extensions, publishers } from './publishing-collections.ts'
import { resolveVersion } from './resolve-version.ts'
import { isPreRelease } from './version-key.ts'

const REASON = 'extensions belong to publishers, which belong to no organization'

/** What the outbox says of a channel that was moved by hand. */
const CHANNEL_MOVED = 'extension.channel'

export interface ChannelMove {
  version: string
  /** `latest` onto a pre-release needs it. */
  allowPrerelease?: boolean
}

/** Channels and the version that each names. */
export type Channels = Readonly<Record<string, string>>

/** Moves channels by hand: up or down, by members of the publisher and their keys. */
export interface ChannelMoves {
  set(identity: Identity, extension: string, channel: string, move: ChannelMove): Promise<Outcome<Channels>>
  /** Never `latest`. */
  remove(identity: Identity, extension: string, channel: string): Promise<Outcome<Channels>>
}

export interface ChannelMovesDeps {
  store: Store
  clock: Clock
  audit: Audit
}

export function createChannelMoves(deps: ChannelMovesDeps): ChannelMoves {
  return {
    async set(identity, extension, channel, move) {
      if (!isChannel(channel)) return refused('INVALID_ARGUMENT', CHANNEL_NAMES)
      const target = { extension, channel, version: move.version }
      return moved(deps, identity, target, (handle, current) => movedTo(handle, current, channel, move))
    },
    async remove(identity, extension, channel) {
      if (channel === LATEST) return refused('INVALID_ARGUMENT', '`latest` is moved, never removed')
      return moved(deps, identity, { extension, channel }, async (_handle, { _id, tags }) => {
        if (channelVersion({ tags }, channel) === undefined)
          return refused('NOT_FOUND', `${_id} has no channel ${channel}`)
        return { ok: true, value: Object.fromEntries(Object.entries(tags).filter(([name]) => name !== channel)) }
      })
    },
  }
}

async function movedTo(
  handle: Handle,
  { _id: extension, tags }: ExtensionDocument,
  channel: string,
  { version, allowPrerelease = false }: ChannelMove,
): Promise<Outcome<Record<string, string>>> {
  if (!(await resolveVersion(handle, extension, { exact: version })))
    return refused('NOT_FOUND', `there is no ${extension} ${version} to install`)
  if (channel === LATEST && isPreRelease(version) && !allowPrerelease)
    return refused('INVALID_ARGUMENT', `${version} is a pre-release: say allowPrerelease, if it is to be the latest`)
  if (!Object.hasOwn(tags, channel) && Object.keys(tags).length >= MAX_CHANNELS)
    return refused('QUOTA_EXCEEDED', `an extension has at most ${MAX_CHANNELS} channels`)
  return { ok: true, value: { ...tags, [channel]: version } }
}

interface Target {
  extension: string
  channel: string
  version?: string
}

/** On the extension's row, where every publication of it writes too. */
function moved(
  deps: ChannelMovesDeps,
  identity: Identity,
  { extension, channel, version }: Target,
  change: (handle: Handle, current: ExtensionDocument) => Promise<Outcome<Record<string, string>>>,
): Promise<Outcome<Channels>> {
  return commit(deps.store, async (tx) => {
    const handle = tx.asSystem(REASON)
    const current = await handle(extensions).get(extension)
    if (!current || current.status === 'removed') return refused('NOT_FOUND', `there is no extension ${extension}`)
    const refusal = await refuseMover(handle, identity, current.publisher)
    if (refusal) return refusal
    const tags = await change(handle, current)
    if (!tags.ok) return tags
    const set = { tags: tags.value, updatedAt: deps.clock.iso() }
    written(await handle(extensions).patch(extension, { set }, { rev: current.rev }))
    const from = channelVersion(current, channel)
    await tell(deps, tx, identity, extension, { channel, ...(from && { from }), ...(version && { to: version }) })
    return { ok: true, value: tags.value }
  })
}

async function tell(
  { audit }: ChannelMovesDeps,
  tx: Transaction,
  identity: Identity,
  extension: string,
  details: Record<string, Json>,
): Promise<void> {
  tx.emit({ partition: 'system', type: CHANNEL_MOVED, payload: { extension, ...details } })
  const entry = { organizationId: 'system', actor: identityName(identity), action: CHANNEL_MOVED, target: extension }
  await audit.within(tx, { ...entry, outcome: 'allowed', details })
}

async function refuseMover(handle: Handle, identity: Identity, slug: string) {
  const within = identity.kind === 'user' || identity.publisherScopes.includes(`publish:${slug}`)
  if (!within || !(await roleIn(handle, identity.userId, slug)))
    return refused('PUBLISHER_FORBIDDEN', `you may not publish for "${slug}"`)
  const publisher = await handle(publishers).get(slug)
  if (publisher?.state === 'active') return undefined
  return refused('PUBLISHER_FORBIDDEN', `the publisher "${slug}" is suspended`)
}
