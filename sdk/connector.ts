import type { Context } from './context.ts'
import type { Json, JsonObject } from './json.ts'

/** One step of a connection test. */
export interface CheckStep {
  name: string
  ok: boolean
  ms?: number
  code?: string
  message?: string
  /** What the person can do about a failure. */
  suggestion?: string
}

/** One page of a stream. `checkpoint` must be enough to go on after this page in a new context. */
export interface StreamPage {
  records: JsonObject[]
  /** Primary keys of records that the source deleted. */
  deletedIds?: string[]
  checkpoint: Json
}

export interface WriteOperation {
  /** The same for every try of one change: send it as the upstream's idempotency key or external reference. */
  operationId: string
  op: 'upsert' | 'delete'
  /** The id on our side. */
  localId: string
  /** The id on the other side, when an earlier write learned it. */
  remoteId?: string
  record: JsonObject
}

export type WriteResult =
  | { ok: true; remoteId?: string }
  | { ok: false; error: { code: string; message: string; retryable?: boolean } }

export interface Stream {
  /** JSON Schema of a source record; checked before mapping. */
  schema: JsonObject
  /** Field names that identify a record. */
  primaryKey: string[]
  cursorField?: string
  read?(
    ctx: Context,
    options: { checkpoint: Json; upperBound: string },
  ): AsyncIterable<StreamPage> | AsyncGenerator<StreamPage>
  /** One result per operation, same order. */
  write?(ctx: Context, operations: WriteOperation[]): Promise<WriteResult[]>
}

export interface ConnectorDefinition {
  check(ctx: Context): Promise<CheckStep[]>
  streams: Record<string, Stream>
  actions?: Record<string, { params: JsonObject; run(ctx: Context, params: JsonObject): Promise<Json> }>
  onInstall?(ctx: Context): Promise<void>
  onUpgrade?(ctx: Context, from: string): Promise<void>
  onUninstall?(ctx: Context): Promise<void>
  on?: Record<string, (ctx: Context, event: JsonObject) => Promise<void>>
  schedules?: Record<string, (ctx: Context) => Promise<void>>
}

/** Declares a connector: an extension that talks to one outside system. */
export function defineConnector<D extends ConnectorDefinition>(definition: D): D & { readonly kind: 'connector' } {
  return { ...definition, kind: 'connector' }
}
