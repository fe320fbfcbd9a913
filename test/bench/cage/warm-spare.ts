import { setTimeout as sleep } from 'node:timers/promises'
import type { Sandbox } from '../../../runtime/sandbox/run.ts'

const START_MS = 30_000
/** For what a child that just became ready still prepares. */
const SETTLE_MS = 30

/** Waits until a blank child stands ready. */
export async function warmSpare(sandbox: Sandbox): Promise<void> {
  const isSpare = ({ state, organizationId }: Child) => state === 'idle' && organizationId === undefined
  for (const deadline = performance.now() + START_MS; performance.now() < deadline; await sleep(5)) {
    if (sandbox.status().children.some(isSpare)) return sleep(SETTLE_MS)
  }
  throw new Error(`no spare child is ready within ${START_MS} ms`)
}

/** Ends the children that an organization has: its next run takes a blank one. */
export async function endBoundChildren(sandbox: Sandbox): Promise<void> {
  const bound = () => sandbox.status().children.filter(({ organizationId }) => organizationId !== undefined)
  for (const { pid } of bound()) process.kill(pid, 'SIGKILL')
  while (bound().length > 0) await sleep(1)
}

type Child = ReturnType<Sandbox['status']>['children'][number]
