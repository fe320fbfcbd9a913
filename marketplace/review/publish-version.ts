import type { Handle, Transaction } from '../../runtime/storage/port.ts'
import { refused } from '../errors.ts'
import { abort, written } from '../publishing/commit.ts'
import { extensions, publishers, type VersionDocument, versions } from '../publishing/publishing-collections.ts'
import { isPreRelease, versionKey } from '../publishing/version-key.ts'

/** What the outbox says of a version that can be installed from now on. */
export const VERSION_PUBLISHED = 'version.published'

/**
 * The part of an approval that makes a version public: its state, the extension's tags, and the event, in the caller's
 * commit. `latest` moves up only, and never to a pre-release.
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
  const published = written(
    await handle(versions).patch(versionId, { set: { state: 'published', publishedAt: now } }, { rev: version.rev }),
  )
  await tagLatest(handle, published, now)
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

/** Every publication writes the extension's row, so two at once collide there and the later one sees the other. */
async function tagLatest(handle: Handle, { extension, publisher, version }: VersionDocument, now: string) {
  const current = await handle(extensions).get(extension)
  const latest = higher(current?.tags.latest, version)
  const tags = latest === undefined ? {} : { latest }
  if (current) {
    const set = { status: 'listed', tags, updatedAt: now }
    written(await handle(extensions).patch(extension, { set }, { rev: current.rev }))
    return
  }
  const name = extension.slice(extension.indexOf('/') + 1)
  const draft = { publisher, name, status: 'listed', tags, createdAt: now, updatedAt: now } as const
  await handle(extensions).insert({ _id: extension, ...draft })
}

function higher(latest: string | undefined, version: string): string | undefined {
  if (isPreRelease(version)) return latest
  const [before, after] = [latest && versionKey(latest), versionKey(version)]
  if (after === undefined) throw new Error(`a stored version is not semver: ${version}`)
  return before === undefined || before === '' || after > before ? version : latest
}
