import type { Transaction } from '../../runtime/storage/port.ts'
import { refused } from '../errors.ts'
import { abort } from '../publishing/commit.ts'
import { type VersionState, versions } from '../publishing/publishing-collections.ts'

const REASON = 'versions belong to publishers, which belong to no organization'

/** What may come by an installation or an upgrade. */
export const INSTALLABLE_STATES: readonly VersionState[] = ['published', 'deprecated']
/** What one may go back to: a version that was only withdrawn from choice still runs where it ran. */
export const RETURNABLE_STATES: readonly VersionState[] = [...INSTALLABLE_STATES, 'yanked']

/**
 * Inside the commit that lets a version run. It changes the version's row: a removal of the version that commits at the
 * same time collides there, so that what is removed never runs afterwards.
 */
export async function holdVersion(
  tx: Transaction,
  { extension, version }: { extension: string; version: string },
  states: readonly VersionState[],
): Promise<void> {
  const held = await tx
    .asSystem(REASON)(versions)
    .patch(`${extension}@${version}`, { inc: { installs: 1 } }, { where: { state: { $in: states } } })
  if (!held) abort(refused('EXTENSION_LOAD_FAILED', `${extension} ${version} is not available any more`))
}
