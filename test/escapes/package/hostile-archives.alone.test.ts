/**
 * What a hostile archive may cost where it is read in production: in a check child, behind its pipe, without JIT and at
 * low priority. From /proc, so on Linux.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { createLog } from '../../../runtime/log.ts'
import { createPackageChecker, type PackageChecker } from '../../../runtime/sandbox/package-checker.ts'
import { sandboxChildrenOf } from '../../faults/children-of.ts'
import { changedPackage } from '../../sdk/package/good-package.ts'
import { hostileArchives } from '../../sdk/package/hostile-archives/hostile-archives.ts'

const BOUND = { milliseconds: 1_000, megabytes: 100 }
/** Other programs on the machine hold up one answer or another; so does garbage of the archive before. */
const TRIES = 3

t.test('each is refused by its rule, within a second and 100 MB', async (t) => {
  const checker = await createPackageChecker({ log: createLog('silent') })
  t.teardown(() => checker.close())
  t.match(await checker.check(changedPackage({}), {}), { ok: true }, 'a child is there, and warm')
  const costs: Cost[] = []
  for (const { title, bytes, rule } of hostileArchives()) {
    const cost = await leastCost(checker, bytes(), title)
    t.ok(cost.errors.includes(rule), `${title} by ${rule}`, { errors: cost.errors })
    t.ok(cost.milliseconds <= BOUND.milliseconds, `${title}: ${cost.milliseconds} ms`)
    t.ok(cost.megabytes <= BOUND.megabytes, `${title}: ${cost.megabytes} MB`)
    costs.push(cost)
  }
  const slow = costs.reduce((a, b) => (b.milliseconds > a.milliseconds ? b : a))
  const large = costs.reduce((a, b) => (b.megabytes > a.megabytes ? b : a))
  t.comment(
    `${costs.length} archives; ${slow.milliseconds} ms for ${slow.title}; ${large.megabytes} MB for ${large.title}`,
  )
})

interface Cost {
  title: string
  /** The rules that found an error. */
  errors: string[]
  /** From question to answer, without what the child waited for a processor that other programs had. */
  milliseconds: number
  /** Of the child's resident memory at its highest, over what it was before the question. */
  megabytes: number
}

async function leastCost(checker: PackageChecker, bytes: Uint8Array, title: string): Promise<Cost> {
  const least = await costOf(checker, bytes, title)
  for (let tries = 1; tries < TRIES && isOver(least); tries++) {
    const { milliseconds, megabytes } = await costOf(checker, bytes, title)
    least.milliseconds = Math.min(least.milliseconds, milliseconds)
    least.megabytes = Math.min(least.megabytes, megabytes)
  }
  return least
}

function isOver({ milliseconds, megabytes }: Cost): boolean {
  return milliseconds > BOUND.milliseconds || megabytes > BOUND.megabytes
}

async function costOf(checker: PackageChecker, bytes: Uint8Array, title: string): Promise<Cost> {
  const [child = 0] = sandboxChildrenOf(process.pid, 'check.cjs')
  // The highest so far is forgotten (proc(5), clear_refs), and is what there is now.
  writeFileSync(`/proc/${child}/clear_refs`, '5')
  const before = highest(child)
  const starvedBefore = starved(child)
  const asked = performance.now()
  const result = await checker.check(bytes, {})
  const milliseconds = Math.round(performance.now() - asked - (starved(child) - starvedBefore))
  if (!result.ok) throw new Error(`${title}: ${result.code}`)
  const errors = result.value.findings.filter(({ severity }) => severity === 'error').map(({ rule }) => rule)
  return { title, errors, milliseconds, megabytes: Math.round(highest(child) - before) }
}

/** MB that the process had resident at most. Throws when it is gone: it did not live through the question. */
function highest(pid: number): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) / 1024
}

/** Milliseconds for which its main thread could have run and did not: it is at the lowest priority (proc(5), schedstat). */
function starved(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6
}
