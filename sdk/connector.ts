import type { Context, Declared } from './context.ts'
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

/**
 * Something that happened in the organization. Delivered at least once (`id` is then the same again) and, for one record,
 * in order. `data` of a resource's events is `{ record, changed }`: the record as it is now and as far as the grant
 * shows it, without `record` when it was removed; of others what their declaration or their emitter says.
 */
export interface PlatformEvent {
  id: string
  /** `chantiers.updated`, `INVOICE_ISSUED`, or a type that an extension emits. */
  type: string
  /** ISO 8601. */
  occurredAt: string
  organizationId: string
  /** The record, for events of a resource. */
  resource?: { name: string; id: string; rev: number }
  /** The extension that emitted it, where one did. */
  extension?: string
  data: JsonObject
}

/** A webhook whose signature the host has verified. */
export interface WebhookRequest {
  /** The same for every delivery of the same webhook. */
  id: string
  /** ISO 8601. */
  receivedAt: string
  /** Those that tell of the webhook, names in lower case; none that may carry a credential, nor the signature. */
  headers: Record<string, string>
  /** The body as UTF-8 text, or its bytes in base64 when it is none. */
  body: string
  encoding?: 'base64'
}

/** What a webhook comes to: events of the types in `events.emits`, emitted when `parse` has returned. */
export type WebhookResult = { events?: { type: string; data: JsonObject }[] } | undefined | null

type DeclaredSubscription = Declared extends { subscribes: infer T extends string } ? T : string
type DeclaredSchedule = Declared extends { schedules: infer S extends string } ? S : string

/** Handlers by the names that the manifest declares. `{}` would take any name: where none is declared, none fits. */
type Named<N extends string, H> = [N] extends [never] ? Record<string, never> : { [name in N]?: H }

export interface ConnectorDefinition {
  check(ctx: Context): Promise<CheckStep[]>
  streams: Record<string, Stream>
  actions?: Record<string, { params: JsonObject; run(ctx: Context, params: JsonObject): Promise<Json> }>
  onInstall?(ctx: Context): Promise<void>
  onUpgrade?(ctx: Context, from: string): Promise<void>
  onUninstall?(ctx: Context): Promise<void>
  /** By the types in `events.subscribes`. One that throws is called again, later and later, five times in all. */
  on?: Named<DeclaredSubscription, (ctx: Context, event: PlatformEvent) => Promise<void>>
  /** By the names in `schedules`. */
  schedules?: Named<DeclaredSchedule, (ctx: Context) => Promise<void>>
  /** Called behind, after the sender has its answer; it may also make calls itself. */
  webhook?: { parse(ctx: Context, request: WebhookRequest): Promise<WebhookResult> | WebhookResult }
}

/** Declares a connector: an extension that talks to one outside system. */
export function defineConnector(definition: ConnectorDefinition): ConnectorDefinition & { readonly kind: 'connector' } {
  return { ...definition, kind: 'connector' }
}
