import type { Json } from '@annex/sdk/json'
import { principalName, type UserPrincipal } from '../../runtime/permissions/principal.ts'
import type { Patch, Transaction } from '../../runtime/storage/port.ts'
import { type Outcome, refused } from '../errors.ts'
import { commit, written } from '../publishing/commit.ts'
import { type InstallationDocument, type InstallationState, installations } from './installation-collections.ts'
import type { InstallationsDeps } from './installation-deps.ts'

export interface Change {
  action: string
  /** The states that it starts from. */
  from: readonly InstallationState[]
  /** What to write, or why not; read in the transaction. */
  patch(current: InstallationDocument): Outcome<Patch | undefined>
  /** More in the same commit. */
  also?(tx: Transaction, after: InstallationDocument): Promise<void>
  details?: Record<string, Json>
  /** What the event says beside whose it is and who did it. */
  facts?: Record<string, Json>
}

export type ChangeDeps = Pick<InstallationsDeps, 'store' | 'clock' | 'audit'>

/** What happens by itself, at its time. */
export interface SystemActor {
  kind: 'system'
  organizationId: string
}

/** One change to an installation by an admin: compare-and-set, a higher epoch, an event and an audit row in one commit. */
export function changeInstallation(
  deps: ChangeDeps,
  admin: UserPrincipal | SystemActor,
  id: string,
  change: Change,
): Promise<Outcome<InstallationDocument>> {
  const { organizationId } = admin
  return commit(deps.store, async (tx) => {
    const documents = tx.forOrganization(organizationId)(installations)
    const current = await documents.get(id)
    if (!current) return unknownInstallation()
    if (!change.from.includes(current.state))
      return refused('INSTALLATION_STATE', `an installation that is ${current.state} cannot be changed so`)
    const patch = change.patch(current)
    if (!patch.ok) return patch
    if (!patch.value) return { ok: true, value: current }
    const { set, unset = [], inc } = patch.value
    const all = { set: { ...set, updatedAt: deps.clock.iso() }, unset, inc: { ...inc, epoch: 1 } }
    const after = written(await documents.patch(id, all, { rev: current.rev }))
    await change.also?.(tx, after)
    const { action, details = {}, facts = {} } = change
    const by = admin.kind === 'system' ? 'system' : principalName(admin)
    const { extension, version, state } = after
    tx.emit({
      partition: organizationId,
      type: action,
      payload: { installationId: id, extension, version, state, by, ...facts },
    })
    const entry = { organizationId, actor: by, action, target: id, details }
    await deps.audit.within(tx, { ...entry, outcome: 'allowed' })
    return { ok: true, value: after }
  })
}

export function unknownInstallation() {
  return refused('NOT_FOUND', 'there is no such installation')
}
