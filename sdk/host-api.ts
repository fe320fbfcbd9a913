/**
 * The calls that guest code may make to its host, each declared once: the schema of its arguments and the family that
 * meters it. `ctx` in the guest is a thin coat over these; the host checks every call against them again.
 */
import { type Static, type TSchema, Type } from '@sinclair/typebox'
import type { FileHandle } from './context.ts'

const RecordId = Type.String({ minLength: 1, maxLength: 128 })
const ResourceName = Type.String({ minLength: 1, maxLength: 64 })
const KvKey = Type.String({ minLength: 1, maxLength: 512 })
const Fields = Type.Record(Type.String({ maxLength: 128 }), Type.Unknown())

const strict = { additionalProperties: false }

export const HOST_CALLS = {
  'platform.list': Type.Object(
    {
      resource: ResourceName,
      filter: Type.Optional(Type.Record(Type.String({ maxLength: 64 }), Type.Union([Type.String(), Type.Number()]))),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
      cursor: Type.Optional(Type.String({ maxLength: 2048 })),
    },
    strict,
  ),
  'platform.get': Type.Object({ resource: ResourceName, id: RecordId }, strict),
  'platform.create': Type.Object({ resource: ResourceName, record: Fields }, strict),
  'platform.update': Type.Object(
    { resource: ResourceName, id: RecordId, changes: Fields, ifRev: Type.Optional(Type.Integer({ minimum: 1 })) },
    strict,
  ),
  'platform.remove': Type.Object({ resource: ResourceName, id: RecordId }, strict),
  fetch: Type.Object(
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
      file: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
      /** `file` keeps the body of an answer with a 2xx status on the host. */
      as: Type.Optional(Type.Literal('file')),
      /** `base64` asks for the answer's bytes in base64. */
      responseEncoding: Type.Optional(Type.Literal('base64')),
    },
    strict,
  ),
  'kv.get': Type.Object({ key: KvKey }, strict),
  'kv.set': Type.Object(
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
  'kv.delete': Type.Object({ key: KvKey, ifRev: Type.Optional(Type.Integer({ minimum: 1 })) }, strict),
  'kv.list': Type.Object(
    {
      prefix: Type.Optional(Type.String({ maxLength: 512 })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
      cursor: Type.Optional(Type.String({ maxLength: 2048 })),
    },
    strict,
  ),
} as const satisfies Record<string, TSchema>

export type HostCallName = keyof typeof HOST_CALLS
export type HostCallArguments<N extends HostCallName> = Static<(typeof HOST_CALLS)[N]>

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
