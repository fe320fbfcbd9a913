import type { JsonObject } from '@annex/sdk/json'
import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { Clock } from '../clock.ts'
import { countEvents, EMITTED, isMinuteFull, MAX_EVENT_BYTES } from '../host-api/event-calls.ts'
import type { DeclarationSource } from '../installation-declarations.ts'
import type { InstallationSource } from '../installation-source.ts'
import type { Invocations } from '../invocations/invocation.ts'
import type { Job, JobOutcome } from '../jobs/job.ts'
import type { JobHandler } from '../jobs/job-attempt.ts'
import { BACKGROUND_STEP_LIMITS } from '../sandbox/limits.ts'
import type { Store, Transaction } from '../storage/port.ts'
import { type Webhook, webhooks } from './webhook.ts'

export interface ParseDeps {
  store: Store
  clock: Clock
  invocations: Invocations
  installations: InstallationSource
  declarations: DeclarationSource
}

/** JSON text of all events of one webhook: it fits into the document of the job, however its text is escaped there. */
const MAX_ANSWER_BYTES = 256 * 1024
/** How long a webhook waits before it looks again whether its installation is enabled. */
const DISABLED_WAIT_MS = 5 * 60_000

/** What `webhook.parse` may return: nothing, or events to emit. */
const Parsed = Type.Union([
  Type.Null(),
  Type.Object(
    {
      events: Type.Optional(
        Type.Array(
          Type.Object(
            { type: Type.String({ maxLength: 128 }), data: Type.Record(Type.String(), Type.Unknown()) },
            { additionalProperties: false },
          ),
          { maxItems: 100 },
        ),
      ),
    },
    { additionalProperties: false },
  ),
])

/** Calls `webhook.parse`; the events that it returns are emitted in the commit that ends the job, so once. */
export function createParseJob(deps: ParseDeps): JobHandler {
  return {
    handle: (job, { signal }) => parse(deps, job, signal),
    settled: (tx, job) => settle(deps, tx, job),
    timeoutMs: 5 * 60_000,
  }
}

async function parse(deps: ParseDeps, job: Job, signal: AbortSignal): Promise<JobOutcome> {
  const { organizationId } = job
  const webhook = await deps.store.forOrganization(organizationId)(webhooks).get(webhookOf(job))
  if (!webhook) return { done: { skipped: true } }
  const { installationId } = webhook
  const active = await deps.installations.active(organizationId, installationId)
  if (!active) return whileDisabled()
  // Looked at before, since what the call comes to is not known yet: those on their way may go beyond it.
  if (await isMinuteFull(deps.store.forOrganization(organizationId), installationId, deps.clock.now()))
    return nextMinute()
  const outcome = await deps.invocations.invoke({
    ...{ organizationId, installationId, handler: ['webhook', 'parse'], args: [requestOf(webhook)] },
    ...{ reason: 'webhook', limits: BACKGROUND_STEP_LIMITS, signal },
  })
  if (!outcome.ok) {
    const { code, message } = outcome.failure
    return { retry: { error: { code, message } } }
  }
  const value = outcome.value ?? null
  const { events } = await deps.declarations.of(active)
  const wrong = problemOf(value, events.emits)
  if (wrong !== undefined) return { failed: { code: 'INVALID_ARGUMENT', message: wrong } }
  const { runId } = outcome
  // As text: the keys of the data are the extension's.
  return { done: { runId, extension: active.extension, installationId, parsed: JSON.stringify(value) } }
}

/** It was taken, so it waits: until the extension is enabled again, or the webhook forgotten with the installation. */
function whileDisabled(): JobOutcome {
  const error = { code: 'UNAVAILABLE', message: 'the extension is disabled' }
  return { retry: { error, afterMs: DISABLED_WAIT_MS, countAttempt: false } }
}

function nextMinute(): JobOutcome {
  const error = { code: 'RATE_LIMIT_EXCEEDED', message: 'the extension emitted too many events in a minute' }
  return { retry: { error, afterMs: 60_000, countAttempt: false } }
}

function requestOf({ webhookId: id, receivedAt, headers, body, encoding }: Webhook): JsonObject {
  const shown = JSON.parse(headers) as JsonObject
  if (encoding) return { id, receivedAt, headers: shown, body, encoding }
  return { id, receivedAt, headers: shown, body: Buffer.from(body, 'base64').toString('utf8') }
}

function problemOf(value: unknown, emits: readonly string[]): string | undefined {
  if (!Value.Check(Parsed, value)) return 'webhook.parse returns nothing or { events: [{ type, data }] }'
  if (Buffer.byteLength(JSON.stringify(value)) > MAX_ANSWER_BYTES)
    return `the events of one webhook have at most ${MAX_ANSWER_BYTES} bytes`
  for (const { type, data } of value?.events ?? []) {
    if (!emits.includes(type)) return `the manifest declares no event ${type} that it emits`
    if (Buffer.byteLength(JSON.stringify(data)) > MAX_EVENT_BYTES)
      return `an event has at most ${MAX_EVENT_BYTES} bytes`
  }
  return undefined
}

async function settle({ clock }: ParseDeps, tx: Transaction, job: Job): Promise<void> {
  const { organizationId, lastError } = job
  const error = lastError && { code: lastError.code, message: lastError.message }
  const state = job.state === 'DONE' ? 'DONE' : 'DEAD'
  const set = { state, lastError: error }
  await tx.forOrganization(organizationId)(webhooks).patch(webhookOf(job), { set })
  const { parsed, extension, installationId } = (job.result ?? {}) as JsonObject
  if (job.state !== 'DONE' || typeof parsed !== 'string' || typeof extension !== 'string') return
  // Held against the schema before the job was done.
  const { events = [] } = (JSON.parse(parsed) as Static<typeof Parsed>) ?? {}
  if (events.length === 0 || typeof installationId !== 'string') return
  await countEvents(tx.forOrganization(organizationId), installationId, { now: clock.now(), count: events.length })
  for (const { type, data } of events) {
    const by = `installation:${installationId}`
    tx.emit({ partition: organizationId, type: EMITTED, payload: { type, extension, data: JSON.stringify(data), by } })
  }
}

function webhookOf({ payload }: Job): string {
  const id = typeof payload === 'object' && payload !== null && !Array.isArray(payload) ? payload.webhook : undefined
  if (typeof id !== 'string') throw new Error('a job for no webhook')
  return id
}
