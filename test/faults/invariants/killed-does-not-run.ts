import { installations } from '../../../marketplace/installations/installation-collections.ts'
import { type KillEntry, readEntry } from '../../../marketplace/kill-list/kill-entry.ts'
import { KILL_JOB } from '../../../marketplace/kill-list/kill-job.ts'
import { killEntries } from '../../../marketplace/kill-list/kill-list-collections.ts'
import { createKilled } from '../../../marketplace/kill-list/killed.ts'
import { isFinal, jobs } from '../../../runtime/jobs/job.ts'
import type { Invariant, Snapshot } from '../invariant.ts'

/** What a list blocks shows in no installation: it does not run, whatever they say. */
export const killedDoesNotRun: Invariant = {
  name: 'an installation shows that its version was killed, and none other does',
  async check({ all }) {
    if ((await all(jobs)).some((job) => job.type === KILL_JOB && !isFinal(job))) return []
    const killed = createKilled()
    for (const entry of await entriesOf({ all })) if (entry.action !== 'block') killed.apply(entry)
    return (await all(installations)).flatMap(({ _id, extension, version, digest, state, disabled }) => {
      if (state !== 'active' && state !== 'disabled') return []
      const is = killed.find({ extension, version, digest }) !== undefined
      const shows = disabled?.killed !== undefined
      if (is === shows) return []
      return [`${_id} is ${state} at ${version}, which is ${is ? '' : 'not '}killed`]
    })
  },
}

async function entriesOf({ all }: Pick<Snapshot, 'all'>): Promise<KillEntry[]> {
  const entries = (await all(killEntries)).flatMap(({ text }) => readEntry(text) ?? [])
  return entries.sort((a, b) => a.seq - b.seq)
}
