import { installations } from '../../../marketplace/installations/installation-collections.ts'
import { WATCH_JOB } from '../../../marketplace/installations/installation-deps.ts'
import { isFinal, jobs } from '../../../runtime/jobs/job.ts'
import type { Invariant } from '../invariant.ts'

/** What is begun has a job that ends it, whatever was killed. */
export const nothingStaysStaged: Invariant = {
  name: 'an installation that is on its way has a job',
  async check({ all }) {
    const open = (await all(jobs)).filter((job) => !isFinal(job))
    const isOpen = (id: string | undefined) => open.some(({ _id }) => _id === id)
    return (await all(installations)).flatMap(({ _id, state, jobId, upgrade, watch }) => {
      const settled = state === 'active' || state === 'disabled'
      const moving = state === 'installing' || state === 'uninstalling'
      const watching = open.some(
        ({ type, payload }) => type === WATCH_JOB && (payload as { installationId?: string }).installationId === _id,
      )
      return [
        ...(moving && !isOpen(jobId) ? [`${_id} stays ${state}`] : []),
        ...(upgrade && !settled ? [`${_id} is ${state} and has an upgrade`] : []),
        ...(upgrade && upgrade.step !== 'awaiting_consent' && !isOpen(upgrade.jobId)
          ? [`${_id} stays in the ${upgrade.operation} to ${upgrade.version}`]
          : []),
        ...(watch && !watching ? [`${_id} is watched by nobody`] : []),
      ]
    })
  },
}
