import { installations } from '../../../marketplace/installations/installation-collections.ts'
import { ERASE_JOB } from '../../../marketplace/installations/installation-deps.ts'
import { kvKeys } from '../../../runtime/host-api/kv-documents.ts'
import { isFinal, jobs } from '../../../runtime/jobs/job.ts'
import type { Invariant } from '../invariant.ts'

const OVER = new Set(['failed', 'uninstalled'])

/** A failed installation is cleaned up by a job of the commit that ended it. */
export const nothingIsLeftBehind: Invariant = {
  name: 'what is not installed any more has left nothing',
  async check({ all }) {
    const cleaning = (await all(jobs))
      .filter((job) => job.type === ERASE_JOB && !isFinal(job))
      .map(({ payload }) => (payload as { installationId?: string }).installationId)
    const over = (await all(installations)).filter(({ _id, state }) => OVER.has(state) && !cleaning.includes(_id))
    const gone = new Set(over.map(({ _id }) => _id))
    const kept = await all(kvKeys)
    return kept.filter(({ installationId }) => gone.has(installationId)).map(({ _id }) => `the key ${_id} is left`)
  },
}
