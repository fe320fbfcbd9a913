import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { DatedEntry } from '../../../runtime/audit/append.ts'
import { AuditQueue } from '../../../runtime/audit/audit-queue.ts'
import { createLog, type Log } from '../../../runtime/log.ts'

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

t.test('a noisy organization loses notes of its own and of nobody else', async (t) => {
  const lines: [fields: Record<string, unknown>, message: string][] = []
  const keep = (fields: Record<string, unknown>, message: string) => void lines.push([fields, message])
  const log: Log = { debug: keep, info: keep, warn: keep, error: keep }
  const counts = new Map<string, number>()
  const commit = async (organizationId: string, entries: readonly DatedEntry[]) => {
    counts.set(organizationId, (counts.get(organizationId) ?? 0) + entries.length)
  }
  const queue = new AuditQueue({ log, commit, outside: (run) => run() })
  for (let i = 0; i < 30_000; i++) queue.note(dated(`${i}`, 'org_noisy'))
  for (let i = 0; i < 100; i++) queue.note(dated(`${i}`, 'org_quiet'))
  await queue.flush()
  t.same([...counts].sort(), [
    ['org_noisy', 2000],
    ['org_quiet', 100],
  ])
  t.same(lines, [
    [{ organizationId: 'org_noisy', dropped: 28_000 }, 'audit notes were dropped: too many waited for their commit'],
  ])
  for (let i = 0; i < 2000; i++) queue.note(dated(`${i}`, 'org_noisy'))
  await queue.close()
  t.equal(counts.get('org_noisy'), 4000, 'what was committed makes room again')
  t.equal(lines.length, 1)
})

t.test('all organizations together have a bound, and what was lost is told at the end', async (t) => {
  const lines: Record<string, unknown>[] = []
  const keep = (fields: Record<string, unknown>) => void lines.push(fields)
  const log: Log = { debug: keep, info: keep, warn: keep, error: keep }
  const queue = new AuditQueue({
    log,
    commit: () => Promise.reject(new Error('down')),
    outside: (run) => run(),
  })
  for (let i = 0; i < 20_005; i++) queue.note(dated(`${i}`, `org_${i % 11}`))
  await t.rejects(queue.close(), /20000 audit entries could not be committed/)
  const dropped = lines.filter((fields) => 'dropped' in fields)
  t.equal(
    dropped.reduce((sum, fields) => sum + Number(fields.dropped), 0),
    5,
  )
})
