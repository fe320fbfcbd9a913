import type { CheckedPatch } from './apply-patch.ts'
import type { CheckedDocument, Row } from './check-document.ts'
import type { BlobStore, Collection, Store, Stored } from './port.ts'
import type { QueryPlan } from './query-plan.ts'

/**
 * What an adapter does. Everything that reaches it has been checked and planned, and the tenant is a condition of the plan
 * like any other: the rules of the port are kept in one place, before the engines.
 */
export interface Engine extends EngineSession {
  readonly name: Store['engine']
  readonly blobs: BlobStore
  /** Runs `work` alone in one transaction, again if other writers were in its way. It ends with no step under way. */
  transaction<T>(work: (session: EngineSession) => Promise<T>): Promise<T>
  ping(): Promise<void>
  close(): Promise<void>
}

export interface EngineSession {
  documents(collection: Collection<Stored>): EngineDocuments
}

/** Each method is one atomic commit, or a part of the session's transaction. Throws `StorageConflict`. */
export interface EngineDocuments {
  get(id: string, organizationId: string | undefined): Promise<Row | undefined>
  /** In any order. */
  getMany(ids: readonly string[], organizationId: string | undefined): Promise<Row[]>
  find(plan: QueryPlan): Promise<Row[]>
  insert(documents: readonly CheckedDocument[]): Promise<void>
  /** Replaces a document of the same `_id` and organization, raising its `rev`. */
  put(document: CheckedDocument): Promise<Row>
  /** Patches the first document of the plan. */
  change(plan: QueryPlan, patch: CheckedPatch): Promise<Row | undefined>
  /** `seed` is inserted, with the field, when there is no such document; without a seed the answer is then `undefined`. */
  increment(plan: QueryPlan, field: string, by: number, seed: Row | undefined): Promise<number | undefined>
  /** Deletes the first `plan.limit` documents. */
  remove(plan: QueryPlan): Promise<number>
}
