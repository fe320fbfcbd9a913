import type { Job } from '../../runtime/jobs/job.ts'

/** The installation that a job is about. */
export function installationIdOf({ payload }: Job): string {
  if (typeof payload === 'object' && payload !== null && !Array.isArray(payload)) {
    const { installationId } = payload
    if (typeof installationId === 'string') return installationId
  }
  throw new Error('the job names no installation')
}
