import type { Transaction } from '../../runtime/storage/port.ts'
import { refused } from '../errors.ts'
import { refuseKilled } from '../kill-list/refuse-killed.ts'
import { abort } from '../publishing/commit.ts'
import { extensions, type VersionState, versions } from '../publishing/publishing-collections.ts'
import { maySeeVersion, viewerIn } from '../publishing/visibility.ts'

const REASON = 'versions belong to publishers, which belong to no organization'

/** What may come by an installation or an upgrade. */
const INSTALLABLE_STATES: readonly VersionState[] = ['published', 'deprecated']
/** What one may go back to: a version that was only withdrawn from choice still runs where it ran. */
export const RETURNABLE_STATES: readonly VersionState[] = [...INSTALLABLE_STATES, 'yanked']

interface Coming {
  organizationId: string
  release: { extension: string; version: string; digest: string }
  /** To what ran before: it need not be offered any more. */
  isBack: boolean
}

/**
 * Inside the commit that lets a version run. It changes the version's row: a removal of the version that commits at the
 * same time collides there, so that what is removed never runs afterwards. What was killed, suspended or hidden from the
 * organization since the package was looked at does not come either.
 */
export async function holdVersion(tx: Transaction, { organizationId, release, isBack }: Coming): Promise<void> {
  const { extension, version } = release
  const handle = tx.asSystem(REASON)
  const states = isBack ? RETURNABLE_STATES : INSTALLABLE_STATES
  const where = { state: { $in: states } }
  const held = await handle(versions).patch(`${extension}@${version}`, { inc: { installs: 1 } }, { where })
  const gone = refused('EXTENSION_LOAD_FAILED', `${extension} ${version} is not available any more`)
  if (!held) return abort(gone)
  const killed = await refuseKilled(tx, release)
  if (killed) abort(killed)
  if (isBack) return
  const document = await handle(extensions).get(extension)
  const listed = document?.status === 'listed' || document?.status === 'deprecated'
  if (!listed || !(await maySeeVersion(handle, viewerIn(organizationId), document, held))) abort(gone)
}
