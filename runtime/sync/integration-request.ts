import { type Static, Type } from '@sinclair/typebox'
import { StreamBindings } from './stream-binding.ts'

const strict = { additionalProperties: false }

const Name = Type.String({ minLength: 1, maxLength: 100 })
const Description = Type.String({ maxLength: 1000 })
const Config = Type.Record(Type.String({ minLength: 1, maxLength: 128 }), Type.Unknown(), { maxProperties: 100 })
const Tags = Type.Array(Type.String({ minLength: 1, maxLength: 50 }), { maxItems: 20, uniqueItems: true })

/** Clear text on its way in; sealed before it is stored, and never given out. */
const Credentials = Type.Record(
  Type.String({ minLength: 1, maxLength: 128 }),
  Type.String({ minLength: 1, maxLength: 16_384 }),
  { maxProperties: 20 },
)

/** A sync starts when somebody asks for it. */
const SyncSettings = Type.Object({ frequency: Type.Literal('ON_DEMAND') }, strict)

export const CreateIntegrationRequest = Type.Object(
  {
    name: Name,
    /** The name in addresses, unique in the organization; made from `name` if absent. */
    slug: Type.Optional(Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', maxLength: 63 })),
    description: Type.Optional(Description),
    /** The id of an installed connector. */
    connectorId: Type.String({ minLength: 1, maxLength: 128 }),
    config: Type.Optional(Config),
    credentials: Type.Optional(Credentials),
    streams: StreamBindings,
    syncSettings: Type.Optional(SyncSettings),
    tags: Type.Optional(Tags),
  },
  strict,
)

export type CreateIntegrationRequest = Static<typeof CreateIntegrationRequest>

/** What is absent stays. `credentials` replace the stored ones as a whole. */
export const UpdateIntegrationRequest = Type.Object(
  {
    name: Type.Optional(Name),
    description: Type.Optional(Description),
    config: Type.Optional(Config),
    credentials: Type.Optional(Credentials),
    streams: Type.Optional(StreamBindings),
    tags: Type.Optional(Tags),
    /** PAUSED and DISABLED stop a running sync; no sync starts in either. */
    status: Type.Optional(Type.Union([Type.Literal('ACTIVE'), Type.Literal('PAUSED'), Type.Literal('DISABLED')])),
    /** Refused with CONFLICT unless the integration still has this revision. */
    ifRev: Type.Optional(Type.Integer({ minimum: 1 })),
  },
  { additionalProperties: false, minProperties: 1 },
)

export type UpdateIntegrationRequest = Static<typeof UpdateIntegrationRequest>

export const SyncRequest = Type.Object(
  {
    /** Names of bound streams; all if absent. */
    streams: Type.Optional(
      Type.Array(Type.String({ maxLength: 64 }), { minItems: 1, maxItems: 20, uniqueItems: true }),
    ),
    /** Reads from the beginning instead of from the last checkpoint. What is the same is still not written again. */
    full: Type.Optional(Type.Boolean()),
    /** Keeps the recordings of its runs also when they succeed. */
    record: Type.Optional(Type.Boolean()),
  },
  strict,
)

export type SyncRequest = Static<typeof SyncRequest>
