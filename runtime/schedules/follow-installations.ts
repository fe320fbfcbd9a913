import type { JsonObject } from '@annex/sdk/json'
import type { Clock } from '../clock.ts'
import type { DeclarationSource } from '../installation-declarations.ts'
import type { ActiveInstallation, InstallationSource } from '../installation-source.ts'
import type { Job, JobOutcome } from '../jobs/job.ts'
import type { JobHandler } from '../jobs/job-attempt.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { Log } from '../log.ts'
import { createOutboxConsumer, type OutboxConsumer } from '../storage/outbox.ts'
import type { Documents, Store, Transaction } from '../storage/port.ts'
import { nextRun } from './next-run.ts'
import { followings, type Schedule, scheduleId, schedules } from './schedule.ts'

export const FOLLOW_JOB = 'schedules.follow'
/** The name under which the position in the outbox is kept. */
export const SCHEDULES_CONSUMER = 'schedules'

export interface FollowDeps {
  store: Store
  clock: Clock
  log: Log
  jobs: Jobs
  installations: InstallationSource
  declarations: DeclarationSource
}

/** Each change of an installation becomes a job that brings its schedules into line. */
export function createInstallationFollower({ store, clock, log, jobs }: FollowDeps): OutboxConsumer {
  return createOutboxConsumer({
    store,
    clock,
    name: SCHEDULES_CONSUMER,
    types: ['installation.'],
    batch: 500,
    async handle({ partition: organizationId, sequence, payload }, tx) {
      const { installationId } = (payload ?? {}) as JsonObject
      if (typeof installationId !== 'string') return
      await jobs.enqueue(tx, { organizationId, type: FOLLOW_JOB, payload: { installationId, sequence } })
    },
    onError: (error) => log.error({ err: error }, 'schedules could not follow their installations'),
  })
}

/** Declared and active: they stand and are due. Disabled: they stand and are not. Undeclared or uninstalled: gone. */
export function createFollowJob(deps: FollowDeps): JobHandler {
  return { handle: (job) => follow(deps, job) }
}

async function follow(deps: FollowDeps, job: Job): Promise<JobOutcome> {
  const { organizationId } = job
  const { installationId, sequence } = job.payload as { installationId: string; sequence: number }
  // Read after the event that the job is for; an older job that comes later finds a higher sequence and leaves it alone.
  const active = await deps.installations.active(organizationId, installationId)
  const declared = active ? (await deps.declarations.of(active)).schedules : []
  await deps.store.tx(async (tx) => {
    if (!(await isNewest(tx, organizationId, { installationId, sequence }))) return
    const mine = tx.forOrganization(organizationId)(schedules)
    const stored = (await mine.find({ where: { installationId }, limit: 1000 })).data
    if (!active) {
      for (const { _id } of stored) await mine.patch(_id, { unset: ['nextRunAt'] })
      return
    }
    const names = new Set(declared.map(({ name }) => name))
    for (const { _id, name } of stored) if (!names.has(name)) await mine.delete(_id)
    for (const each of declared) await align(deps.clock, mine, active, each)
  })
  return { done: {} }
}

async function isNewest(
  tx: Transaction,
  organizationId: string,
  { installationId, sequence }: { installationId: string; sequence: number },
): Promise<boolean> {
  const mine = tx.forOrganization(organizationId)(followings)
  if (((await mine.get(installationId))?.sequence ?? 0) > sequence) return false
  await mine.put({ _id: installationId, sequence })
  return true
}

/** One that did not change keeps its next run: a missed one is not forgotten because somebody touched the grant. */
async function align(
  clock: Clock,
  mine: Documents<Schedule>,
  { id: installationId, extension }: ActiveInstallation,
  { name, cron, timezone }: { name: string; cron: string; timezone: string },
): Promise<void> {
  const _id = scheduleId(installationId, name)
  const before = await mine.get(_id)
  const same = before?.cron === cron && before.timezone === timezone
  if (same && (before.nextRunAt !== undefined || before.paused)) return
  const nextRunAt = before?.paused ? undefined : nextRun({ cron, timezone }, clock.now())
  const { paused = false, lastRun } = before ?? {}
  const draft = { _id, installationId, extension, name, cron, timezone, paused }
  await mine.put({ ...draft, ...(nextRunAt && { nextRunAt }), ...(lastRun && { lastRun }) })
}
