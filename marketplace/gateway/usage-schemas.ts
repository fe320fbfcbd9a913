import { Type } from '@sinclair/typebox'
import { ExtensionName } from './marketplace-schemas.ts'
import { Id, Instant } from './schemas.ts'

const usage = {
  cpuMs: Type.Number({ description: "Milliseconds of the extension's own code" }),
  wallMs: Type.Number(),
  hostCalls: Type.Integer(),
  fetches: Type.Integer(),
  sentBytes: Type.Integer({ description: 'Bodies of answered requests' }),
  receivedBytes: Type.Integer({ description: 'Bodies of their answers' }),
  logLines: Type.Integer(),
  memoryBytes: Type.Integer({ description: 'The most that was seen; short runs are not looked at' }),
}
export const RunUsage = Type.Object(usage)

const stepLimits = {
  sliceMs: Type.Number({ description: 'Of code that runs without a pause' }),
  cpuMs: Type.Number(),
  wallMs: Type.Number(),
  hostCalls: Type.Integer(),
  fetches: Type.Integer(),
  logLines: Type.Integer(),
  memoryBytes: Type.Integer(),
}
export const StepLimits = Type.Object(stepLimits, { description: 'Of one step: of a page, or of what yields none' })

const used = { runs: Type.Integer(), failed: Type.Integer(), used: RunUsage }
const limits = Type.Object({
  interactive: Type.Object(stepLimits, { description: 'A step of a run that somebody waits for' }),
  background: Type.Object(stepLimits, { description: 'A step of a sync or of other work that nobody waits for' }),
  parallelRuns: Type.Integer({ description: 'Runs of one installation at a time' }),
})
const span = { from: Instant, to: Instant }

/** For a query. */
export const UsageSpan = {
  from: Type.Optional(Type.String({ format: 'date-time', maxLength: 64, description: 'Of periods that begin then' })),
  to: Type.Optional(Type.String({ format: 'date-time', maxLength: 64, description: 'And before; now if absent' })),
}
export const UsagePeriod = Type.Union([Type.Literal('hour'), Type.Literal('day')])

export const InstallationUsage = Type.Object({
  installationId: Id,
  extension: ExtensionName,
  period: UsagePeriod,
  ...span,
  total: Type.Object(used),
  limits,
  data: Type.Array(Type.Object({ start: Instant, ...used }), { description: 'Periods with runs, oldest first' }),
})
export const OrganizationUsage = Type.Object({
  ...span,
  total: Type.Object(used),
  limits,
  data: Type.Array(Type.Object({ installationId: Id, extension: Type.Optional(ExtensionName), ...used }), {
    description: 'Installations that ran, the most computing time first',
  }),
})
