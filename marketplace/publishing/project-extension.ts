import type { Handle, Transaction } from '../../runtime/storage/port.ts'
import { LATEST } from './channels.ts'
import { written } from './commit.ts'
import { type ExtensionDocument, extensions, publishers, versions } from './publishing-collections.ts'
import { highestVersion, INSTALLABLE } from './resolve-version.ts'
import { isPreRelease } from './version-key.ts'

/** What the outbox says of an extension that the catalog shows otherwise from now on. */
export const EXTENSION_CHANGED = 'extension.changed'

/** Versions among which a channel looks for its next one. */
const MOST = 1000

export type ExtensionChange = Partial<Pick<ExtensionDocument, 'suspended' | 'visibility' | 'wantedVisibility'>>

/**
 * Draws an extension's state and channels up anew from its versions, in the commit that changed them. `unset` names
 * what is taken away. It writes the extension's row, where every publication writes too.
 */
export async function projectExtension(
  tx: Transaction,
  handle: Handle,
  extension: string,
  { now, set = {}, unset = [] }: { now: string; set?: ExtensionChange; unset?: readonly (keyof ExtensionChange)[] },
): Promise<ExtensionDocument> {
  const current = await handle(extensions).get(extension)
  if (!current) throw new Error(`there is no row of the extension ${extension}`)
  const suspended = unset.includes('suspended') ? undefined : (set.suspended ?? current.suspended)
  const patch = {
    ...set,
    status: await statusOf(handle, current, suspended !== undefined),
    tags: await channelsOf(handle, current),
    updatedAt: now,
  }
  const after = written(await handle(extensions).patch(extension, { set: patch, unset }, { rev: current.rev }))
  tx.emit({ partition: 'system', type: EXTENSION_CHANGED, payload: { extension } })
  return after
}

async function statusOf(
  handle: Handle,
  { _id: extension, publisher }: ExtensionDocument,
  suspended: boolean,
): Promise<ExtensionDocument['status']> {
  if (suspended || (await handle(publishers).get(publisher))?.state !== 'active') return 'suspended'
  const has = async (state: string) =>
    (await handle(versions).find({ where: { extension, state }, limit: 1 })).data.length > 0
  if (await has('published')) return 'listed'
  if ((await has('deprecated')) || (await has('yanked'))) return 'deprecated'
  return 'removed'
}

/** A channel whose version cannot be installed any more names the highest one of its kind that can, or goes. */
async function channelsOf(
  handle: Handle,
  { _id: extension, tags }: ExtensionDocument,
): Promise<Record<string, string>> {
  const after: Record<string, string> = {}
  for (const [channel, version] of Object.entries(tags)) {
    const next = (await isInstallable(handle, `${extension}@${version}`))
      ? version
      : await highestOf(handle, extension, channel)
    if (next !== undefined) after[channel] = next
  }
  if (after[LATEST] === undefined) {
    const highest = await highestVersion(handle, extension, ['*'])
    if (highest) after[LATEST] = highest.version
  }
  return after
}

async function isInstallable(handle: Handle, id: string): Promise<boolean> {
  const state = (await handle(versions).get(id))?.state
  return INSTALLABLE.$in.some((each) => each === state)
}

async function highestOf(handle: Handle, extension: string, channel: string): Promise<string | undefined> {
  if (channel === LATEST) return (await highestVersion(handle, extension, ['*']))?.version
  const where = { extension, state: INSTALLABLE }
  const { data } = await handle(versions).find({ where, sort: [['sortKey', 'desc']], limit: MOST })
  return data.find(({ version }) => isPreRelease(version) && wordsOf(version).includes(channel))?.version
}

/** `1.2.0-beta.3`: `beta`. */
function wordsOf(version: string): string[] {
  return version
    .slice(version.indexOf('-') + 1)
    .toLowerCase()
    .split('.')
}
