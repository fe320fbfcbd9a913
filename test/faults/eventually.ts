import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Asks until the answer is not `undefined`, or throws with `what` when `withinMs` have passed. `stopped` may say that
 * waiting has become pointless: a dead process.
 */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  { withinMs, everyMs = 50, stopped }: { withinMs: number; everyMs?: number; stopped?: () => string | undefined },
): Promise<T> {
  const deadline = performance.now() + withinMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    const reason = stopped?.()
    if (reason !== undefined) throw new Error(`${what}: ${reason}`)
    if (performance.now() > deadline) throw new Error(`${what}: not within ${withinMs} ms`)
    await sleep(everyMs)
  }
}
