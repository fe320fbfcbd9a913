import { DenialError, denial } from './denial.ts'
import { PARALLEL_REQUESTS, WAITING_REQUESTS } from './egress-limits.ts'

/** Lets at most six requests of one key run at once; a few more wait in turn. */
export interface Slots {
  /** Resolves to the release of the slot, which may be called twice. Throws `DenialError`, or the signal's reason. */
  acquire(key: string, signal: AbortSignal): Promise<() => void>
}

interface Lane {
  running: number
  waiting: (() => void)[]
}

export function createSlots(): Slots {
  const lanes = new Map<string, Lane>()

  function releaseOnce(key: string, lane: Lane): () => void {
    let held = true
    return () => {
      if (!held) return
      held = false
      const next = lane.waiting.shift()
      if (next) return next()
      lane.running -= 1
      if (lane.running === 0) lanes.delete(key)
    }
  }

  return {
    async acquire(key, signal) {
      signal.throwIfAborted()
      const lane = lanes.get(key) ?? { running: 0, waiting: [] }
      lanes.set(key, lane)
      if (lane.running < PARALLEL_REQUESTS) {
        lane.running += 1
        return releaseOnce(key, lane)
      }
      if (lane.waiting.length >= WAITING_REQUESTS) {
        throw new DenialError(denial('QUOTA_EXCEEDED', 'parallel-requests', 'too many requests at once'))
      }
      await turn(lane, signal)
      return releaseOnce(key, lane)
    },
  }
}

/** The slot of the one that ends is handed over as it is. */
function turn(lane: Lane, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const go = () => {
      signal.removeEventListener('abort', leave)
      resolve()
    }
    const leave = () => {
      lane.waiting.splice(lane.waiting.indexOf(go), 1)
      reject(signal.reason)
    }
    lane.waiting.push(go)
    signal.addEventListener('abort', leave, { once: true })
  })
}
