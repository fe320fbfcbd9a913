/**
 * The storage port: what every engine must do, and nothing more. Two adapters implement it (`sqlite`, `mongodb`) and
 * pass one contract suite. There is no text search and no aggregate here: those are read models, fed by the outbox.
 * Documents are JSON: instants are ISO 8601 strings; `Date`, `bigint` and functions are refused.
 */
import type { Json } from '@annex/sdk/json'

/** What every stored document has. `rev` starts at 1 and the port raises it by one on each change. */
export interface Stored {
  _id: string
  rev: number
  /** On every document of a collection with `scope: 'organization'`, set and filtered by the port. In a system
   * collection it is a field like any other. */
  organizationId?: string
}

/** A document as a caller writes it: the port adds `rev`, and `organizationId` where the handle has a tenant. */
export type Draft<T extends Stored> = Omit<T, 'rev' | 'organizationId'> & { organizationId?: string }

export interface IndexDeclaration {
  /** Field names, dots for nested ones (`claim.until`). In a tenant collection the port puts `organizationId` in front,
   * unless `global` is set. An indexed field holds a scalar, `null` or nothing; a string in it at most 1,024 characters. */
  fields: readonly string[]
  /** Documents that lack the first field are not held to it (a partial unique index on both engines); the others must
   * have all fields, and none of them `null`. It serves only queries that ask for a value of its first field. */
  unique?: boolean
  /** Over all organizations: for `asSystem` look-ups such as a key's hash or the next job. */
  global?: boolean
}

/** Declares a collection: made with `collection<T>(…)`, passed to `openStore`, used as a handle's key. */
export interface Collection<T extends Stored> {
  readonly name: string
  readonly scope: 'organization' | 'system'
  readonly indexes: Readonly<Record<string, IndexDeclaration>>
  /** Carries the document's type; never present at run time. */
  readonly document?: T
}

export function collection<T extends Stored>(declaration: Omit<Collection<T>, 'document'>): Collection<T> {
  return declaration
}

type Scalar = string | number | boolean

/**
 * A condition on one field that holds a scalar. Several operators on one field are all required. `null` matches `null` and
 * a missing field, `$ne` matches a missing field, `$exists: true` matches `null`. Keep one type to a field: engines
 * differ in how they compare a string with a number, or `true` with 1.
 */
export type Condition =
  | Scalar
  | null
  | {
      $gt?: string | number
      $gte?: string | number
      $lt?: string | number
      $lte?: string | number
      $in?: readonly Scalar[]
      $ne?: Scalar
      $exists?: boolean
    }

/** All fields must match. At least one equality or range must be served by a declared index, or the port refuses. */
export type Where = Readonly<Record<string, Condition>>

/**
 * Sort fields in order. What is equal in them comes in the order of the index that serves, `_id` last, so that pages never
 * overlap; without a sort that is all there is. A missing field and `null` sort lowest.
 */
export type Sort = readonly (readonly [field: string, direction: 'asc' | 'desc'])[]

export interface Query {
  where?: Where
  sort?: Sort
  /** 1 to 1,000; 100 if absent. */
  limit?: number
  /** The `nextCursor` of the page before; opaque, bound to the collection, the tenant and the sort. A foreign or altered
   * one is a `StorageError`. */
  cursor?: string
}

export interface Page<T> {
  data: T[]
  nextCursor?: string
}

/** A change to one document. Field names may have dots. `inc` treats an absent field as 0; an `undefined` in `set` is
 * left out, as it is from JSON: to remove a field, `unset` it. */
export interface Patch {
  set?: Readonly<Record<string, Json | undefined>>
  unset?: readonly string[]
  inc?: Readonly<Record<string, number>>
}

/** One collection seen through a handle. Every method but `find` and `get…` is one durable, atomic commit outside `tx`. */
export interface Documents<T extends Stored> {
  get(id: string): Promise<T | undefined>
  /** In the order of `ids`, missing ones left out. At most 1,000. */
  getMany(ids: readonly string[]): Promise<T[]>
  find(query: Query): Promise<Page<T>>
  /** Throws `StorageConflict` when `_id` or a unique index is taken. */
  insert(draft: Draft<T>): Promise<T>
  /** All or none. At most 1,000. */
  insertMany(drafts: readonly Draft<T>[]): Promise<T[]>
  /** Inserts or replaces by `_id`. The `_id` of another tenant's document is a `StorageConflict`. */
  put(draft: Draft<T>): Promise<T>
  /** `undefined` when there is no such document, or (compare-and-set) its `rev` or a field of `where` differs. */
  patch(id: string, patch: Patch, expect?: { rev?: number; where?: Where }): Promise<T | undefined>
  /** Changes the first match of `where` by `sort` and returns it changed: the way to claim a lease. */
  patchFirst(where: Where, sort: Sort, patch: Patch): Promise<T | undefined>
  /** Adds `by` to `field` of the document `id`, which it creates if need be; returns the new value. */
  increment(id: string, field: string, by?: number): Promise<number>
  delete(id: string, expect?: { rev?: number }): Promise<boolean>
  /** Deletes at most `limit` (1,000 if absent) matches, returns how many. */
  deleteWhere(where: Where, limit?: number): Promise<number>
}

/** Gives the documents of a collection, already narrowed to one tenant or to none. */
export type Handle = <T extends Stored>(collection: Collection<T>) => Documents<T>

export interface Handles {
  /** Sees and writes this organization's documents only; refuses collections with `scope: 'system'`. */
  forOrganization(organizationId: string): Handle
  /**
   * Sees every tenant; the reason says why, in words. Into a tenant collection it writes only drafts that carry their
   * own `organizationId`. Reads, patches and deletes go over all tenants.
   */
  asSystem(reason: string): Handle
}

/** An event as its producer writes it; the store gives it a sequence in commit order within its partition. */
export interface OutboxDraft {
  /** The organization, or `system`. Order is kept within a partition only. */
  partition: string
  /** For instance `chantiers.created` or `version.published`. */
  type: string
  payload: Json
}

export interface OutboxEvent extends OutboxDraft {
  id: string
  /** 1, 2, 3, … without gaps within the partition; the order of commits. */
  sequence: number
  /** ISO 8601. */
  at: string
}

export interface Transaction extends Handles {
  /** Adds an event to the same commit. */
  emit(event: OutboxDraft): void
}

export interface BlobStore {
  /** Stores bytes under their SHA-256 (hex), visible only when complete. The same bytes again are the same blob. */
  put(bytes: Uint8Array | AsyncIterable<Uint8Array>): Promise<{ id: string; size: number }>
  /** The whole blob, or `undefined`. */
  get(id: string): Promise<Uint8Array | undefined>
  /** Chunks of at most 255 KiB; throws `StorageError` when there is no such blob. */
  stream(id: string): AsyncIterable<Uint8Array>
  delete(id: string): Promise<boolean>
}

export interface Store extends Handles {
  readonly engine: 'sqlite' | 'mongodb'
  readonly blobs: BlobStore
  /**
   * All or nothing over several collections. The work may run more than once (a write conflict on MongoDB), so it does
   * nothing but storage, and it has 30 s. Only the handles of `tx` may be used inside: the store's own throw there. What
   * a handle throws (a conflict, say) ends the transaction, even when the work catches it.
   */
  tx<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  /**
   * Calls back after each commit of this process that emitted events, with their partitions and their types: a hint to
   * look now. What another node emitted is not heard here. Returns the way to stop listening.
   */
  onEmitted(listener: (partitions: readonly string[], types: readonly string[]) => void): () => void
  /** Answers when the engine does; throws when it does not. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** `_id` or a unique index is taken; `index` is its declared name, or `_id`. */
export class StorageConflict extends Error {
  readonly code = 'STORAGE_CONFLICT'
  readonly index: string
  constructor(collection: string, index: string) {
    super(`${collection}: ${index} is taken`)
    this.index = index
  }
}

/** The engine does not answer, or not as it must, when the store is opened. The message is for operators. */
export class StoreUnavailable extends Error {
  readonly code = 'STORE_UNAVAILABLE'
}

/** The caller broke a rule of the port (no index serves the query, a foreign cursor, a value that is not JSON). */
export class StorageError extends Error {
  readonly code = 'STORAGE_ERROR'
}
