import type { Json, JsonObject } from './json.ts'

/** A file that the host keeps for the installation, for 24 hours. */
export interface FileHandle {
  id: string
  /** Bytes. */
  size: number
  /** The media type that the upstream said. */
  type: string
  /** SHA-256 (hex) of the bytes. */
  digest: string
}

export interface ListQuery {
  filter?: Record<string, string | number>
  /** 1 to 200. */
  limit?: number
  cursor?: string
}

export interface ListPage<R> {
  data: R[]
  nextCursor?: string
}

/** A record of API v1 as an extension meets it. */
export type PlatformRecord = JsonObject & { id: string; rev: number; createdAt: string; updatedAt: string }

/** A record on its way in, with the file that it is about. */
export interface RecordWithFile {
  file: Readonly<FileHandle>
  [field: string]: Json | Readonly<FileHandle> | undefined
}

export interface PlatformResource<R extends PlatformRecord = PlatformRecord> {
  list(query?: ListQuery): Promise<ListPage<R>>
  get(id: string): Promise<R>
  /** Of `documents`, `file` is what becomes the record's content: the platform keeps bytes of its own from then on. */
  create(record: JsonObject | RecordWithFile): Promise<R>
  update(id: string, changes: JsonObject, options?: { ifRev?: number }): Promise<R>
  remove(id: string): Promise<void>
}

export interface KeyValue extends From<'1.1.0', KeyValueMany> {
  get(key: string): Promise<{ value: Json; rev: number } | undefined>
  /** Throws `CONFLICT` when `ifRev` is given and another revision is stored (0: when anything is). */
  set(key: string, value: Json, options?: { ifRev?: number; ttl?: number }): Promise<{ rev: number }>
  delete(key: string, options?: { ifRev?: number }): Promise<boolean>
  list(query?: { prefix?: string; limit?: number; cursor?: string }): Promise<ListPage<{ key: string; rev: number }>>
}

/** Of `ctx.kv`, from version 1.1 of the platform on. */
export interface KeyValueMany {
  /** What `get` gives for each of at most 100 keys, in their order; one host call. */
  getMany(keys: readonly string[]): Promise<({ value: Json; rev: number } | undefined)[]>
}

export interface Events {
  /**
   * Tells the extensions of the organization that subscribe to `type`. Only types that the manifest lists in
   * `events.emits`, at most 64 KiB of data, 600 events a minute; delivered behind, at least once.
   */
  emit(type: DeclaredEvent, data?: JsonObject): Promise<void>
}

export interface Secrets {
  /**
   * The keyed hash of `data` (at most 1 MiB) under a secret of the manifest's `secrets`, by its declared `use`. The secret
   * stays on the host. Throws `NOT_FOUND` while nobody has set it.
   */
  hmac(ref: DeclaredSecret, data: string | Uint8Array): Promise<Uint8Array>
}

export interface Logger {
  debug(message: string, details?: JsonObject): void
  info(message: string, details?: JsonObject): void
  warn(message: string, details?: JsonObject): void
  error(message: string, details?: JsonObject): void
}

/** Use and limit of the present run; grows as the run goes. */
export interface LimitUse {
  hostCalls: { used: number; limit: number }
  fetches: { used: number; limit: number }
  logLines: { used: number; limit: number }
}

/**
 * What this extension declared. Empty here; the project's generated `annex-env.d.ts` adds `platform`, `config`, `emits`,
 * `subscribes`, `secrets`, `schedules` and `reached` from `package.json`, so that what is not declared does not compile.
 */
// biome-ignore lint/suspicious/noEmptyInterface: it exists to be merged into
export interface Declared {}

type DeclaredPlatform = Declared extends { platform: infer P } ? P : Readonly<Record<string, PlatformResource>>
type DeclaredEvent = Declared extends { emits: infer E } ? E : string
type DeclaredSecret = Declared extends { secrets: infer S } ? S : string
type DeclaredConfig = Declared extends { config: infer C } ? C : JsonObject
/** The versions that every platform has reached on which the extension runs, by the manifest's range. */
type Reached = Declared extends { reached: infer V } ? V : never
/** Members that came with a version: optional, unless no platform is covered that lacks them. */
type From<Version extends string, Members> = Version extends Reached ? Members : Partial<Members>

/** What the host hands to every handler. Each call is checked against the grant of the installation when it is made. */
export interface Context<Config = DeclaredConfig> {
  readonly platform: DeclaredPlatform
  /** Keeps the body on the host; `ok` tells whether there is a file. Without one, the answer is read as any other. */
  fetch(url: string | URL, init: FetchInit & { as: 'file' }): Promise<FetchedFile | (FetchResponse & { ok: false })>
  fetch(url: string | URL, init?: FetchInit): Promise<FetchResponse>
  readonly kv: KeyValue
  readonly events: Events
  readonly secrets: Secrets
  readonly log: Logger
  readonly config: Config
  readonly signal: AbortSignal
  readonly limits: LimitUse
  /** The version of the platform that the run sees: the highest that is offered and that the manifest's range covers. */
  readonly platformVersion: string
  readonly installation: { readonly id: string; readonly extension: string; readonly version: string }
}

export interface FetchInit {
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  headers?: Record<string, string> | [string, string][]
  /** A file is sent by the host, from where it lies. */
  body?: string | Uint8Array | FileHandle
}

/**
 * A file of at most 64 MiB that the host fetched and keeps for 24 hours, for this installation alone. Its handle may be
 * stored and sent out again, in the same run or in a later one; the bytes never reach the extension.
 */
export interface FetchedFile extends Readonly<FileHandle> {
  readonly ok: true
  readonly status: number
  readonly statusText: string
  readonly url: string
  readonly headers: FetchResponse['headers']
}

/** The part of the web's `Response` that the platform guarantees. */
export interface FetchResponse {
  readonly ok: boolean
  readonly status: number
  readonly statusText: string
  readonly url: string
  readonly headers: { get(name: string): string | null; entries(): IterableIterator<[string, string]> }
  text(): Promise<string>
  json(): Promise<unknown>
  bytes(): Promise<Uint8Array>
}
