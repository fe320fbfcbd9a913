import type { Job, JobOutcome } from '../../runtime/jobs/job.ts'
import type { JobHandler } from '../../runtime/jobs/job-attempt.ts'
import type { Store } from '../../runtime/storage/port.ts'
import { users } from '../accounts/accounts-collections.ts'
import { eventWords } from './event-words.ts'
import type { Mailer } from './mailer.ts'
import { notifications, notificationWishes } from './notification-collections.ts'

export const EMAIL_JOB = 'notifications.email'
export const NOTIFICATION_REASON =
  'people are told of their packages and of what they installed, whatever organization they are of'
const MAX_ATTEMPTS = 8

/** Sends one notification by email. At least once: a copy that comes twice has the same message id. */
export function createEmailJob({ store, mailer }: { store: Store; mailer: Mailer | undefined }): JobHandler {
  return { handle: (job) => send(store, mailer, job), maxAttempts: MAX_ATTEMPTS }
}

async function send(store: Store, mailer: Mailer | undefined, job: Job): Promise<JobOutcome> {
  const system = store.asSystem(NOTIFICATION_REASON)
  const notification = await system(notifications).get(notificationIdOf(job))
  const [user, wish] = notification
    ? await Promise.all([system(users).get(notification.userId), system(notificationWishes).get(notification.userId)])
    : []
  if (!mailer || !notification || !user) return { done: { sent: false } }
  // What was switched off after the job was queued is not sent any more.
  if (wish?.emailOff.includes(notification.event)) return { done: { sent: false } }
  const { subject, text } = eventWords(notification.event, notification.facts, wish?.language ?? 'en')
  try {
    await mailer.send({ to: user.email, subject, text, id: notification._id.replaceAll(':', '.') })
    return { done: { sent: true } }
  } catch (error) {
    const message = error instanceof Error ? error.message.slice(0, 500) : 'it was not taken'
    return { retry: { error: { code: 'EMAIL_NOT_SENT', message } } }
  }
}

function notificationIdOf({ payload }: Job): string {
  const id = typeof payload === 'object' && payload !== null && 'id' in payload ? payload.id : undefined
  if (typeof id !== 'string') throw new Error('the job names no notification')
  return id
}
