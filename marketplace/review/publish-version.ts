import type { Handle, Transaction } from '../../runtime/storage/port.ts'
import { refused } from '../errors.ts'
import { channelsAfter } from '../publishing/channels.ts'
import { abort, written } from '../publishing/commit.ts'
import { resolveDependencies } from '../publishing/dependencies.ts'
import {
  extensions,
  publishers,
  submissions,
  type VersionDocument,
  versions,
} from '../publishing/publishing-collections.ts'
import { audienceOf } from '../publishing/visibility.ts'

/** What the outbox says of a version that can be installed from now on. */
export const VERSION_PUBLISHED = 'version.published'

/**
 * The part of an approval that makes a version public: its state, the extension's tags, and the event, in the caller's
 * commit. See `channelsAfter` for which channel moves.
 */
export async function publishVersion(
  tx: Transaction,
  handle: Handle,
  versionId: string,
  now: string,
): Promise<VersionDocument> {
  const version = await handle(versions).get(versionId)
  if (!version) throw new Error(`a submission in review has no version ${versionId}`)
  await refuseSuspended(handle, version.publisher)
  await refuseUnresolved(handle, version)
  const published = written(
    await handle(versions).patch(versionId, { set: { state: 'published', publishedAt: now } }, { rev: version.rev }),
  )
  await moveChannel(handle, published, now)
  const { extension, version: number, digest } = published
  tx.emit({ partition: 'system', type: VERSION_PUBLISHED, payload: { extension, version: number, digest } })
  return published
}

/** Writes the publisher's row: a suspension that commits at the same time collides with it. */
async function refuseSuspended(handle: Handle, slug: string): Promise<void> {
  const publisher = await handle(publishers).get(slug)
  if (publisher?.state !== 'active') abort(refused('SUBMISSION_STATE', `the publisher "${slug}" is suspended`))
  written(await handle(publishers).patch(slug, { set: { state: 'active' } }, { rev: publisher.rev }))
}

/** What it needs was there when it was checked; some of it may have gone since. */
async function refuseUnresolved(
  handle: Handle,
  { extension, version, capabilities: { dependencies }, submissionId }: VersionDocument,
): Promise<void> {
  const there = (await handle(extensions).get(extension)) ?? (await handle(submissions).get(submissionId))
  const wanted = there && 'wantedVisibility' in there ? there.wantedVisibility : undefined
  const audience = audienceOf(wanted ?? there?.visibility)
  const resolved = await resolveDependencies(handle, { name: extension, dependencies, audience })
  if (resolved.ok) return
  const { problems } = resolved
  const message = `${extension} ${version} needs what cannot be had: ${problems.map((each) => each.message).join('; ')}`
  abort(refused('DEPENDENCY_UNRESOLVED', message, { details: { problems } }))
}

/** Every publication writes the extension's row, so two at once collide there and the later one sees the other. */
async function moveChannel(
  handle: Handle,
  { extension, publisher, version, submissionId }: VersionDocument,
  now: string,
) {
  const current = await handle(extensions).get(extension)
  const { channel, visibility } = (await handle(submissions).get(submissionId)) ?? {}
  const tags = channelsAfter(current?.tags ?? {}, version, channel)
  if (current) {
    // A suspension is a moderator's to end, and no publication's.
    const status = current.suspended ? 'suspended' : 'listed'
    const set = { status, tags, updatedAt: now }
    written(await handle(extensions).patch(extension, { set }, { rev: current.rev }))
    return
  }
  const name = extension.slice(extension.indexOf('/') + 1)
  const draft = { publisher, name, status: 'listed', tags, ...(visibility && { visibility }) } as const
  await handle(extensions).insert({ _id: extension, ...draft, createdAt: now, updatedAt: now })
}
