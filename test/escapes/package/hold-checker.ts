import { randomBytes } from 'node:crypto'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import vm from 'node:vm'
import type { Report } from '@annex/package/report'
import type { Test } from 'tap'
import { createLog } from '../../../runtime/log.ts'
import type { CheckResult } from '../../../runtime/sandbox/check-process.ts'
import { createPackageChecker, type PackageChecker } from '../../../runtime/sandbox/package-checker.ts'
import { changedPackage } from '../../sdk/package/good-package.ts'

export const CHECK_OPTIONS = {}

const GRACE_MS = 1_000
const LOOP_RESOLUTION_MS = 10
const PAUSE_MS = 10
/** What a report and the answer on its way may take. */
const GROWN_BYTES = 256 * 1024 * 1024

/** One checker for the ideas of a file. */
export async function openPackageChecker(
  t: Pick<Test, 'teardown'>,
  more: { validateMs?: number } = {},
): Promise<PackageChecker> {
  const checker = await createPackageChecker({ log: createLog('silent'), ...more })
  t.teardown(() => checker.close())
  return checker
}

/**
 * Does something to a checker and holds the service against the pass rule meanwhile: its event loop is never held for a
 * second, code of approved packages is handed out all along, it does not grow, and afterwards packages and schemas
 * are checked as ever.
 */
export async function hold<T>(t: Test, checker: PackageChecker, work: () => Promise<T>): Promise<T> {
  const good = changedPackage({})
  const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS })
  const grownFrom = process.memoryUsage().rss
  let over = false
  let slowestMs = 0
  await checker.extract(good)
  const bystander = (async () => {
    while (!over) {
      const started = performance.now()
      const extracted = await checker.extract(good)
      slowestMs = Math.max(slowestMs, performance.now() - started)
      if (!extracted.ok) t.fail(`approved code was not to be had: ${extracted.code}`)
      await sleep(PAUSE_MS)
    }
  })()
  loop.enable()
  try {
    return await work()
  } finally {
    loop.disable()
    over = true
    await bystander
    const heldMs = loop.max / 1e6 - LOOP_RESOLUTION_MS
    t.ok(heldMs < GRACE_MS, `the event loop was held for ${Math.round(heldMs)} ms at the most`)
    t.ok(slowestMs < GRACE_MS, `approved code was there within ${Math.round(slowestMs)} ms`)
    t.ok(process.memoryUsage().rss - grownFrom < GROWN_BYTES, 'the service did not grow')
    t.match(await checker.check(good, CHECK_OPTIONS), { ok: true, value: { ok: true } }, 'the next package is checked')
    t.same(await checker.validate({ type: 'integer' }, 1), { ok: true }, 'the next schema is checked')
  }
}

/** Whether a check ended with a finding of this rule, as a refusal. */
export function refusedBy(result: CheckResult<Report>): string {
  if (!result.ok) return result.code
  if (result.value.ok) return 'passed'
  return [
    ...new Set(result.value.findings.filter(({ severity }) => severity === 'error').map(({ rule }) => rule)),
  ].join()
}

const PATIENCE_MS = 300

/** What a careless service would do on its own thread: the harm is that nobody else is answered for so long. */
export function holdsThread(code: string, values: Record<string, unknown> = {}): string | undefined {
  try {
    vm.runInNewContext(code, values, { timeout: PATIENCE_MS })
    return undefined
  } catch (error) {
    const { code: name } = error as { code?: unknown }
    if (name !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    return `the thread is held for more than ${PATIENCE_MS} ms`
  }
}

/** Text that does not compress, so that it is no bomb. */
export function noise(characters: number): string {
  return randomBytes(Math.ceil((characters * 3) / 4))
    .toString('base64')
    .slice(0, characters)
}
