import { syncCheckpoints } from '../../../runtime/sync/checkpoint.ts'
import { syncLinks } from '../../../runtime/sync/link.ts'
import { syncQuarantine } from '../../../runtime/sync/quarantine.ts'
import { syncRuns } from '../../../runtime/sync/run.ts'
import { groupBy } from '../group-by.ts'
import type { Invariant } from '../invariant.ts'

/**
 * A checkpoint that was committed without its page would make the next run skip records for good. So what the runs
 * count as created must be there as links, what they count as quarantined as rows, and the last run must end where the
 * checkpoint stands.
 */
export const checkpointNotAhead: Invariant = {
  name: 'a checkpoint stands for data that is there',
  async check({ all }) {
    const links = groupBy(await all(syncLinks), (link) => `${link.integrationId} ${link.stream}`)
    const rows = groupBy(await all(syncQuarantine), (row) => `${row.integrationId} ${row.stream}`)
    const runs = await all(syncRuns)
    const checkpoints = await all(syncCheckpoints)
    return checkpoints.flatMap((checkpoint) => {
      const key = `${checkpoint.integrationId} ${checkpoint.stream}`
      const progress = runs
        .filter((run) => run.integrationId === checkpoint.integrationId)
        .flatMap((run) => run.streams.map((stream) => ({ ...stream, runId: run._id })))
        .filter((stream) => stream.stream === checkpoint.stream)
      const created = progress.reduce((sum, { counters }) => sum + counters.created, 0)
      const rejected = progress.some(({ counters }) => counters.quarantined > 0)
      const last = progress.find(({ runId }) => runId === checkpoint.runId)
      const have = links.get(key)?.length ?? 0
      return [
        ...(have < created ? [`${key} counts ${created} created and has ${have} links`] : []),
        ...(rejected && !rows.has(key) ? [`${key} counts quarantined records and has no row`] : []),
        ...(last?.checkpointTo === checkpoint.checkpoint ? [] : [`${key} is not where its last run ended`]),
      ]
    })
  },
}
