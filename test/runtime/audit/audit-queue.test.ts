import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { DatedEntry } from '../../../runtime/audit/append.ts'
import { AuditQueue } from '../../../runtime/audit/audit-queue.ts'
import { createLog } from '../../../runtime/log.ts'

const dated = (target: string, organizationId = 'org_a'): DatedEntry => ({
  entry: { organizationId, actor: 'user:usr_1', action: 'test', target, outcome: 'allowed' },
  at: '2026-03-01T08:00:00.000Z',
})

function openQueue() {
  const commits: string[][] = []
  const commit = async (_organizationId: string, entries: readonly DatedEntry[]) => {
    await sleep(1)
    commits.push(entries.map(({ entry }) => entry.target ?? ''))
  }
  return { commits, queue: new AuditQueue({ log: createLog('silent'), commit, outside: (run) => run() }) }
}

t.test('an entry that comes just as the queue runs empty is not forgotten', async (t) => {
  for (let ticks = 0; ticks < 12; ticks++) {
    const { queue } = openQueue()
    await queue.write(dated('first'))
    for (let i = 0; i < ticks; i++) await Promise.resolve()
    const outcome = await Promise.race([queue.write(dated('second')).then(() => 'written'), sleep(1000, 'stuck')])
    t.equal(outcome, 'written', `${ticks} turns later`)
  }
})

t.test('what gathers while a commit runs goes into the next one together', async (t) => {
  const { queue, commits } = openQueue()
  const first = queue.write(dated('1'))
  await Promise.resolve()
  await Promise.resolve()
  queue.note(dated('2'))
  await Promise.all([first, queue.write(dated('3')), queue.write(dated('b', 'org_b'))])
  await queue.close()
  t.same(commits.toSorted(), [['1'], ['2', '3'], ['b']])
})
