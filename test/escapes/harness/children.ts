import { setTimeout as sleep } from 'node:timers/promises'
import { processFacts } from '../../../runtime/sandbox/process-facts.ts'
import type { Sandbox } from '../../../runtime/sandbox/run.ts'
import { GRACE_MS } from './attack-limits.ts'

export interface ChildrenWatch {
  /** Waits until the children are as they should be, at most the promised second; the answer is what was still wrong. */
  stop(): Promise<string[]>
}

const LOOK_MS = 20

/** Remembers every child of a sandbox that it sees, to tell afterwards which should be gone and is not. */
export function watchChildren(sandbox: Sandbox): ChildrenWatch {
  const seen = new Set<number>()
  const look = () => {
    for (const { pid } of sandbox.status().children) seen.add(pid)
  }
  look()
  const timer = setInterval(look, LOOK_MS)
  return {
    async stop() {
      clearInterval(timer)
      const deadline = performance.now() + GRACE_MS
      for (;;) {
        const wrong = [...remains(sandbox, seen), ...(await restless(sandbox))]
        if (wrong.length === 0 || performance.now() > deadline) return wrong
        await sleep(LOOK_MS)
      }
    },
  }
}

/** Children that the pool has let go of and that live on. */
function remains(sandbox: Sandbox, seen: ReadonlySet<number>): string[] {
  const kept = new Set(sandbox.status().children.map(({ pid }) => pid))
  return [...seen].filter((pid) => !kept.has(pid) && processFacts(pid)).map((pid) => `child ${pid} is not gone`)
}

/** Children that nobody asks anything and that still compute. */
async function restless(sandbox: Sandbox): Promise<string[]> {
  const { children } = sandbox.status()
  const before = children.map(({ pid }) => processFacts(pid))
  await sleep(LOOK_MS)
  return children.flatMap(({ pid, state }, index) => {
    if (state === 'busy') return [`child ${pid} is still at work`]
    const now = processFacts(pid)
    const computed = (now?.cpuMs ?? 0) - (before[index]?.cpuMs ?? 0)
    return now && (now.runnable || computed > 0) ? [`child ${pid} computes though nobody asks it anything`] : []
  })
}
