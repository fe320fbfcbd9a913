import { Type } from '@sinclair/typebox'
import { Id, Instant } from './schemas.ts'

function literals<const T extends readonly string[]>(...values: T) {
  return Type.Unsafe<T[number]>({ type: 'string', enum: values })
}
const Open = Type.Record(Type.String(), Type.Unknown())
const Count = Type.Integer({ minimum: 0 })

const StreamProgress = Type.Object({
  stream: Type.String(),
  done: Type.Boolean(),
  counters: Type.Object({
    read: Count,
    created: Count,
    updated: Count,
    unchanged: Count,
    deleted: Count,
    quarantined: Count,
    dropped: Count,
    pages: Count,
  }),
  checkpointFrom: Type.Optional(Type.String()),
  checkpointTo: Type.Optional(Type.String()),
})

const RunError = Type.Object({
  code: Type.String(),
  message: Type.String(),
  at: Instant,
  stream: Type.Optional(Type.String()),
})

export const SyncResult = Type.Object({
  runId: Id,
  state: literals('QUEUED', 'RUNNING', 'SUCCEEDED', 'PARTIAL', 'FAILED', 'CANCELLED'),
  streams: Type.Array(StreamProgress),
  errors: Type.Array(RunError),
  upperBound: Type.Optional(Instant),
  startedAt: Type.Optional(Instant),
  finishedAt: Type.Optional(Instant),
})

export const Integration = Type.Object({
  id: Id,
  rev: Type.Integer({ minimum: 1 }),
  organizationId: Id,
  slug: Type.String(),
  name: Type.String(),
  description: Type.Optional(Type.String()),
  type: Type.String(),
  connectorId: Id,
  config: Open,
  streams: Open,
  hasCredentials: Type.Boolean({ description: 'Credentials go in and never come out' }),
  syncSettings: Type.Object({ frequency: Type.Literal('ON_DEMAND') }),
  status: literals('DRAFT', 'ACTIVE', 'PAUSED', 'ERROR', 'DISABLED'),
  healthStatus: literals('HEALTHY', 'DEGRADED', 'UNHEALTHY', 'UNKNOWN'),
  lastSyncAt: Type.Optional(Instant),
  lastResult: Type.Optional(SyncResult),
  tags: Type.Array(Type.String()),
  createdBy: Type.String(),
  createdAt: Instant,
  updatedAt: Instant,
})

const { id, slug, status, healthStatus, lastSyncAt, lastResult } = Integration.properties

export const IntegrationState = Type.Object({
  ...{ id, slug, status, healthStatus, lastSyncAt, lastResult },
  activeRun: Type.Optional(Type.Object({ ...SyncResult.properties, jobId: Id })),
})

/** By `ok`: what the action gave, or how it failed. */
export const ActionResult = Type.Object({
  ok: Type.Boolean(),
  runId: Id,
  result: Type.Optional(Type.Unknown()),
  error: Type.Optional(
    Type.Object({
      class: Type.String(),
      code: Type.String(),
      message: Type.String(),
      retryable: Type.Boolean(),
      retryAfter: Type.Optional(Type.Number({ description: 'Seconds' })),
    }),
  ),
})

export const ConnectionTest = Type.Object({
  ok: Type.Boolean(),
  steps: Type.Array(
    Type.Object({
      name: Type.String(),
      ok: Type.Boolean(),
      ms: Type.Optional(Type.Number()),
      code: Type.Optional(Type.String()),
      message: Type.Optional(Type.String()),
      suggestion: Type.Optional(Type.String()),
    }),
  ),
  suggestion: Type.Optional(Type.String({ description: 'What to try first when it failed' })),
  testedAt: Instant,
})

export const IntegrationLogLevel = literals('DEBUG', 'INFO', 'WARN', 'ERROR')

export const IntegrationLogLine = Type.Object({
  id: Id,
  runId: Type.Optional(Id),
  level: IntegrationLogLevel,
  at: Instant,
  message: Type.String(),
  code: Type.Optional(Type.String()),
  source: literals('service', 'extension'),
})

export const QuarantineState = literals('OPEN', 'RESOLVED')

export const QuarantineEntry = Type.Object({
  id: Id,
  stream: Type.String(),
  externalId: Type.String(),
  raw: Type.Unknown({ description: 'The record as it came; its beginning as text when `cut`' }),
  cut: Type.Boolean(),
  masked: Type.Boolean({
    description: 'Whether values and message are withheld: the caller may not read the resource',
  }),
  stage: literals('SCHEMA', 'MAPPING', 'TRANSFORM', 'WRITE'),
  code: Type.String(),
  message: Type.String(),
  attempts: Count,
  firstSeenAt: Instant,
  lastSeenAt: Instant,
  runId: Id,
  state: QuarantineState,
})
