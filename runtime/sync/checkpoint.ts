import type { Json } from '@annex/sdk/json'
import { collection, type Stored, type Transaction } from '../storage/port.ts'
import { documentId } from './document-id.ts'

/** How far a stream has been read. It moves only in the commit that writes what it stands for. */
export interface SyncCheckpoint extends Stored {
  organizationId: string
  integrationId: string
  stream: string
  /** JSON text: the connector's own words, which the store need not understand. */
  checkpoint: string
  /** What it is a place in: of another direction or resource it says nothing. Absent on those of an older release. */
  target?: string
  runId: string
  updatedAt: string
}

export const syncCheckpoints = collection<SyncCheckpoint>({
  name: 'syncCheckpoints',
  scope: 'organization',
  indexes: {},
})

/** Another run has moved the checkpoint in between. With one run at a time and a fence this is a bug. */
export class CheckpointMoved extends Error {
  readonly code = 'CHECKPOINT_MOVED'
}

export interface CheckpointMove {
  organizationId: string
  integrationId: string
  stream: string
  target: string
  runId: string
  /** The revision that the reader started from; 0: there was none. */
  from: number
  to: Json
  at: string
}

export function checkpointId(integrationId: string, stream: string): string {
  return documentId('chk', integrationId, stream)
}

/** Compare-and-set on the revision. Answers the new one. */
export async function moveCheckpoint(tx: Transaction, move: CheckpointMove): Promise<number> {
  const { organizationId, integrationId, stream, target, runId } = move
  const checkpoints = tx.forOrganization(organizationId)(syncCheckpoints)
  const id = checkpointId(integrationId, stream)
  const fields = { checkpoint: JSON.stringify(move.to), target, runId, updatedAt: move.at }
  if (move.from === 0) return (await checkpoints.insert({ _id: id, integrationId, stream, ...fields })).rev
  const moved = await checkpoints.patch(id, { set: fields }, { rev: move.from })
  if (!moved) throw new CheckpointMoved(`the checkpoint of ${integrationId} ${stream} is not at revision ${move.from}`)
  return moved.rev
}
