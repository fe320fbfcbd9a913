/**
 * The calls that guest code may make to its host, each declared once: its arguments and its answer, what it needs, what
 * it costs and what of it is hidden. `ctx` in the guest is a thin coat over these; the host checks every call and every
 * answer against them.
 */
import { type Static, type TSchema, Type } from '@sinclair/typebox'
import type { FileHandle } from './context.ts'
import type { PlatformVersion } from './platform-version.ts'

/** What is known of a host call without making it. */
export interface HostCallDeclaration {
  summary: string
  /** The version of the platform that it came with; absent: it was always there. */
  since?: PlatformVersion
  arguments: TSchema
  /** Held against the host's answer, too: one that does not fit is a fault of the platform's. */
  answer: TSchema
  /** What in manifest and grant lets the call through. */
  needs: 'read:<resource>' | 'write:<resource>' | 'egress' | 'events.emits' | 'secrets' | 'nothing'
  /** The limits of a step that it counts against. */
  counts: readonly ('hostCalls' | 'fetches')[]
  /** What is hidden of arguments and answer in recordings and logs, beside known secrets, which always are. */
  redact: 'personal fields' | 'credentials' | 'nothing'
}

const RecordId = Type.String({ minLength: 1, maxLength: 128 })
const ResourceName = Type.String({ minLength: 1, maxLength: 64 })
const FileId = Type.String({ minLength: 1, maxLength: 128 })
const KvKey = Type.String({ minLength: 1, maxLength: 512 })
const Fields = Type.Record(Type.String({ maxLength: 128 }), Type.Unknown())

const strict = { additionalProperties: false }

const PlatformRecord = Type.Object(
  { id: RecordId, rev: Type.Integer({ minimum: 1 }), createdAt: Type.String(), updatedAt: Type.String() },
  { additionalProperties: true },
)
const File = Type.Object({ id: RecordId, size: Type.Integer(), type: Type.String(), digest: Type.String() }, strict)
const Cursor = Type.Optional(Type.String())
const KvRevision = Type.Integer({ minimum: 1 })
const KvFound = Type.Union([Type.Null(), Type.Object({ value: Type.Unknown(), rev: KvRevision }, strict)])

const READS = { needs: 'read:<resource>', counts: ['hostCalls'], redact: 'personal fields' } as const
const WRITES = { ...READS, needs: 'write:<resource>' } as const
const OWN = { needs: 'nothing', counts: ['hostCalls'], redact: 'nothing' } as const

export const HOST_CALLS = {
  'platform.list': {
    ...READS,
    summary: 'Lists records of a resource, page by page',
    arguments: Type.Object(
      {
        resource: ResourceName,
        filter: Type.Optional(Type.Record(Type.String({ maxLength: 64 }), Type.Union([Type.String(), Type.Number()]))),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
        cursor: Type.Optional(Type.String({ maxLength: 2048 })),
      },
      strict,
    ),
    answer: Type.Object({ data: Type.Array(PlatformRecord), nextCursor: Cursor }, strict),
  },
  'platform.get': {
    ...READS,
    summary: 'Reads one record',
    arguments: Type.Object({ resource: ResourceName, id: RecordId }, strict),
    answer: PlatformRecord,
  },
  'platform.create': {
    ...WRITES,
    summary: 'Creates a record',
    arguments: Type.Object(
      {
        resource: ResourceName,
        record: Fields,
        /** The id of a file whose bytes become the record's content. */
        file: Type.Optional(FileId),
      },
      strict,
    ),
    answer: PlatformRecord,
  },
  'platform.update': {
    ...WRITES,
    summary: 'Changes fields of a record',
    arguments: Type.Object(
      { resource: ResourceName, id: RecordId, changes: Fields, ifRev: Type.Optional(Type.Integer({ minimum: 1 })) },
      strict,
    ),
    answer: PlatformRecord,
  },
  'platform.remove': {
    ...WRITES,
    summary: 'Removes a record',
    arguments: Type.Object({ resource: ResourceName, id: RecordId }, strict),
    answer: Type.Null(),
  },
  fetch: {
    summary: 'Sends a request to a host that the installation may reach',
    needs: 'egress',
    counts: ['hostCalls', 'fetches'],
    redact: 'credentials',
    arguments: Type.Object(
      {
        url: Type.String({ minLength: 1, maxLength: 16384 }),
        method: Type.Optional(Type.String({ pattern: '^(GET|HEAD|POST|PUT|PATCH|DELETE)$' })),
        headers: Type.Optional(
          Type.Array(Type.Tuple([Type.String({ maxLength: 256 }), Type.String({ maxLength: 8192 })]), { maxItems: 64 }),
        ),
        /** UTF-8 text; bytes are base64 with `encoding: 'base64'`. */
        body: Type.Optional(Type.String()),
        encoding: Type.Optional(Type.Literal('base64')),
        /** The id of a file to send, in the place of `body`. */
        file: Type.Optional(FileId),
        /** `file` keeps the body of an answer with a 2xx status on the host. */
        as: Type.Optional(Type.Literal('file')),
        /** `base64` asks for the answer's bytes in base64. */
        responseEncoding: Type.Optional(Type.Literal('base64')),
      },
      strict,
    ),
    answer: Type.Object(
      {
        status: Type.Integer(),
        statusText: Type.String(),
        url: Type.String(),
        headers: Type.Array(Type.Tuple([Type.String(), Type.String()])),
        body: Type.String(),
        encoding: Type.Optional(Type.Literal('base64')),
        file: Type.Optional(File),
      },
      strict,
    ),
  },
  'kv.get': {
    ...OWN,
    summary: "Reads a key of the installation's own",
    arguments: Type.Object({ key: KvKey }, strict),
    answer: KvFound,
  },
  'kv.getMany': {
    ...OWN,
    since: '1.1.0',
    summary: "Reads keys of the installation's own, in one call",
    arguments: Type.Object({ keys: Type.Array(KvKey, { maxItems: 100 }) }, strict),
    /** One for each key, in their order. */
    answer: Type.Array(KvFound),
  },
  'kv.set': {
    ...OWN,
    summary: 'Writes a key, if its revision is the expected one',
    arguments: Type.Object(
      {
        key: KvKey,
        value: Type.Unknown(),
        /** Only if the stored revision is this one; 0 means: only if absent. */
        ifRev: Type.Optional(Type.Integer({ minimum: 0 })),
        /** Seconds until it disappears. */
        ttl: Type.Optional(Type.Integer({ minimum: 1, maximum: 31_536_000 })),
      },
      strict,
    ),
    answer: Type.Object({ rev: KvRevision }, strict),
  },
  'kv.delete': {
    ...OWN,
    summary: 'Deletes a key; whether it was there',
    arguments: Type.Object({ key: KvKey, ifRev: Type.Optional(Type.Integer({ minimum: 1 })) }, strict),
    answer: Type.Boolean(),
  },
  'kv.list': {
    ...OWN,
    summary: 'Lists keys by prefix',
    arguments: Type.Object(
      {
        prefix: Type.Optional(Type.String({ maxLength: 512 })),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
        cursor: Type.Optional(Type.String({ maxLength: 2048 })),
      },
      strict,
    ),
    answer: Type.Object(
      { data: Type.Array(Type.Object({ key: KvKey, rev: KvRevision }, strict)), nextCursor: Cursor },
      strict,
    ),
  },
  'events.emit': {
    needs: 'events.emits',
    counts: ['hostCalls'],
    redact: 'personal fields',
    summary: 'Tells the extensions of the organization that subscribe to the type',
    arguments: Type.Object(
      {
        type: Type.String({ minLength: 3, maxLength: 128 }),
        data: Type.Record(Type.String({ maxLength: 128 }), Type.Unknown()),
      },
      strict,
    ),
    answer: Type.Null(),
  },
  'secrets.hmac': {
    needs: 'secrets',
    counts: ['hostCalls'],
    redact: 'credentials',
    summary: 'Signs bytes with a secret that stays on the host',
    arguments: Type.Object(
      {
        ref: Type.String({ minLength: 1, maxLength: 64 }),
        /** UTF-8 text; bytes are base64 with `encoding: 'base64'`. */
        data: Type.String({ maxLength: 1_400_000 }),
        encoding: Type.Optional(Type.Literal('base64')),
      },
      strict,
    ),
    /** The code in base64. */
    answer: Type.Object({ mac: Type.String() }, strict),
  },
} as const satisfies Record<string, HostCallDeclaration>

export type HostCallName = keyof typeof HOST_CALLS
export type HostCallArguments<N extends HostCallName> = Static<(typeof HOST_CALLS)[N]['arguments']>

/** The answer of the `fetch` call. */
export interface FetchAnswer {
  status: number
  statusText: string
  /** The URL after redirects, without credentials. */
  url: string
  headers: [string, string][]
  body: string
  encoding?: 'base64'
  /** The body, when it was asked for as a file and the status is 2xx; `body` is then empty. */
  file?: FileHandle
}
