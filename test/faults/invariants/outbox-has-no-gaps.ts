import { outboxEvents, outboxHeads } from '../../../runtime/storage/outbox-collections.ts'
import { groupBy } from '../group-by.ts'
import type { Invariant } from '../invariant.ts'

export const outboxHasNoGaps: Invariant = {
  name: 'the outbox counts without a gap up to the head of each partition',
  async check({ all }) {
    const partitions = groupBy(await all(outboxEvents), (event) => event.partition)
    const heads = new Map((await all(outboxHeads)).map((head) => [head._id, head.last]))
    const names = new Set([...partitions.keys(), ...heads.keys()])
    return [...names].flatMap((name) => {
      const sequences = (partitions.get(name) ?? []).map((event) => event.sequence).sort((a, b) => a - b)
      const head = heads.get(name) ?? 0
      // Old events may be forgotten from the beginning on, so the first need not be 1.
      const first = sequences[0] ?? head + 1
      const complete = sequences.every((sequence, i) => sequence === first + i)
      if (complete && first + sequences.length === head + 1) return []
      return [`${name}: ${sequences.length} events from ${first} on, the head says ${head}`]
    })
  },
}
