import type { JsonObject } from '@annex/sdk/json'
import type { Audit } from '../../runtime/audit/audit.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Handle, Patch, Store, Transaction } from '../../runtime/storage/port.ts'
import { type Identity, identityName } from '../accounts/identity.ts'
import { type Outcome, refused } from '../errors.ts'
import { type AuthorEvent, tellAuthor } from './author-events.ts'
import { commit, written } from './commit.ts'
import { projectExtension } from './project-extension.ts'
import { roleIn } from './publishers.ts'
import { extensions, type VersionDocument, type VersionState, versions } from './publishing-collections.ts'

const REASON = 'extensions belong to publishers, which belong to no organization'

/** What may become of a version after its publication. */
export type VersionAct =
  | { act: 'deprecate'; message: string; replacement?: string }
  | { act: 'undeprecate' | 'unyank' }
  | { act: 'yank' | 'remove'; reason: string }

export interface VersionName {
  /** `@publisher/name`. */
  extension: string
  version: string
}

export interface LivingVersion extends VersionName {
  state: VersionState
  /** The version that each channel names from now on. */
  channels: Record<string, string>
}

/** What a removal tells everybody who runs the version. */
export interface KillDesk {
  /** Before the transaction. */
  ready(): Promise<void>
  append(
    tx: Transaction,
    by: string,
    wish: { target: VersionName & { kind: 'version' }; action: 'block'; reason: string },
  ): Promise<unknown>
}

export interface VersionLife {
  /**
   * Owners of the publisher and moderators; only moderators remove. The same act again is the same answer.
   * `VERSION_STATE` when the version is not in a state for it.
   */
  change(identity: Identity, name: VersionName, act: VersionAct): Promise<Outcome<LivingVersion>>
}

export interface VersionLifeDeps {
  store: Store
  clock: Clock
  audit: Audit
  killList: KillDesk
}

interface Turn {
  from: readonly VersionState[]
  to: VersionState
  /** The state that says that it was done already. */
  done: readonly VersionState[]
}

const TURNS: Readonly<Record<VersionAct['act'], Turn>> = {
  deprecate: { from: ['published', 'deprecated'], to: 'deprecated', done: [] },
  undeprecate: { from: ['deprecated'], to: 'published', done: ['published'] },
  yank: { from: ['published', 'deprecated'], to: 'yanked', done: ['yanked'] },
  unyank: { from: ['yanked'], to: 'published', done: ['published', 'deprecated'] },
  remove: { from: ['published', 'deprecated', 'yanked'], to: 'removed', done: ['removed'] },
}

export function createVersionLife(deps: VersionLifeDeps): VersionLife {
  return {
    async change(identity, name, act) {
      const { store, clock, killList } = deps
      if (act.act === 'remove') await killList.ready()
      return commit(store, async (tx) => {
        const handle = tx.asSystem(REASON)
        const version = await handle(versions).get(`${name.extension}@${name.version}`)
        const refusal = await refuseChange(handle, identity, version, act)
        if (refusal || !version) return refusal ?? unknownVersion(name)
        const { from, to, done } = TURNS[act.act]
        if (done.includes(version.state)) return { ok: true, value: living(version, await tagsOf(handle, version)) }
        if (!from.includes(version.state))
          return refused('VERSION_STATE', `${name.extension} ${name.version} is ${version.state}`)
        const state = act.act === 'unyank' && version.deprecated ? 'deprecated' : to
        const patch = patchFor(act, state, { by: identityName(identity), at: clock.iso() })
        // The row that an installation of it writes too: one of two at once sees the other.
        const after = written(await handle(versions).patch(version._id, patch, { rev: version.rev }))
        const { tags } = await projectExtension(tx, handle, version.extension, { now: clock.iso() })
        await tell(deps, tx, identity, after, act)
        return { ok: true, value: living(after, tags) }
      })
    },
  }
}

async function refuseChange(
  handle: Handle,
  identity: Identity,
  version: VersionDocument | undefined,
  { act }: VersionAct,
) {
  if (identity.kind !== 'user') return refused('SESSION_REQUIRED', 'this is for a person with a session')
  const moderates = identity.platformRoles.includes('moderator')
  if (act === 'remove' && !moderates) return refused('PERMISSION_DENIED', 'only moderators remove a version')
  const role = version && (await roleIn(handle, identity.userId, version.publisher))
  if (moderates || role === 'owner') return undefined
  if (role) return refused('PUBLISHER_FORBIDDEN', `only a person who owns "${version?.publisher}" may do this`)
  return refused('NOT_FOUND', 'there is no such version of yours')
}

function patchFor(act: VersionAct, state: VersionState, { by, at }: { by: string; at: string }): Patch {
  switch (act.act) {
    case 'deprecate': {
      const { message, replacement } = act
      return { set: { state, deprecated: { message, ...(replacement === undefined ? {} : { replacement }), by, at } } }
    }
    case 'undeprecate':
      return { set: { state }, unset: ['deprecated'] }
    case 'unyank':
      return { set: { state }, unset: ['yanked'] }
    case 'yank':
      return { set: { state, yanked: { reason: act.reason, by, at } } }
    case 'remove':
      return { set: { state, removed: { reason: act.reason, by, at } } }
  }
}

/** What the publisher's owners hear of, unless they did it themselves. */
const TOLD: Readonly<Partial<Record<VersionAct['act'], AuthorEvent>>> = {
  deprecate: 'version.deprecated',
  yank: 'version.yanked',
  remove: 'version.removed',
}

/** Removal, kill entry, channels, event and audit row are one commit. */
async function tell(
  { audit, killList }: VersionLifeDeps,
  tx: Transaction,
  identity: Identity,
  { _id: target, publisher, extension, version, digest }: VersionDocument,
  { act, ...details }: VersionAct,
): Promise<void> {
  const actor = identityName(identity)
  if (act === 'remove' && 'reason' in details) {
    const wish = { target: { kind: 'version', extension, version }, action: 'block', reason: details.reason } as const
    await killList.append(tx, actor, wish)
  }
  const said: JsonObject = { extension, version, digest, ...details }
  tx.emit({ partition: 'system', type: `version.${act}`, payload: { ...said, by: actor } })
  const told = TOLD[act]
  const texts = ['reason', 'message'].flatMap((name) => (typeof said[name] === 'string' ? [said[name]] : []))
  if (told) tellAuthor(tx, told, { publisher, extension, version, by: actor, texts })
  await audit.within(tx, {
    ...{ organizationId: 'system', actor, action: `version.${act}`, target, outcome: 'allowed' },
    details: said,
  })
}

async function tagsOf(handle: Handle, { extension }: VersionDocument): Promise<Record<string, string>> {
  return (await handle(extensions).get(extension))?.tags ?? {}
}

function living({ extension, version, state }: VersionDocument, channels: Record<string, string>): LivingVersion {
  return { extension, version, state, channels }
}

function unknownVersion({ extension, version }: VersionName) {
  return refused('NOT_FOUND', `there is no ${extension} ${version}`)
}
