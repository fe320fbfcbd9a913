import { collection, type Stored } from '../storage/port.ts'

/** How the last run of a schedule ended. */
export interface ScheduleRun {
  startedAt: string
  endedAt: string
  outcome: 'succeeded' | 'failed' | 'skipped'
  runId?: string
  error?: { code: string; message: string }
}

/** One schedule of an installation, as its installed version declares it. */
export interface Schedule extends Stored {
  organizationId: string
  installationId: string
  extension: string
  /** Names the handler: `schedules.<name>`. */
  name: string
  cron: string
  timezone: string
  /** By an admin: no version and no restart undoes it. */
  paused: boolean
  /** Absent while nothing is due: paused, disabled, or a cron that names no day. */
  nextRunAt?: string
  lastRun?: ScheduleRun
}

/** Up to which event of the organization's the schedules of an installation (`_id`) follow it. */
export interface Following extends Stored {
  sequence: number
}

export const schedules = collection<Schedule>({
  name: 'schedules',
  scope: 'organization',
  indexes: {
    installation: { fields: ['installationId', 'name'] },
    due: { fields: ['nextRunAt'], global: true },
  },
})

export const followings = collection<Following>({ name: 'schedule-followings', scope: 'organization', indexes: {} })

export const schedulesCollections = [schedules, followings]

export function scheduleId(installationId: string, name: string): string {
  return `${installationId}:${name}`
}

/** One run at a time: whoever enqueues takes this key, and gives it back when the run has ended. */
export function runKey(scheduleId: string): string {
  return `schedule:${scheduleId}`
}
