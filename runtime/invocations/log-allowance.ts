import type { Clock } from '../clock.ts'

/** What is kept of log lines: of one run, of one installation within a minute, and of a run when that is used up. Bytes. */
export const LOG_LIMITS = { run: 256 * 1024, minute: 1024 * 1024, least: 4 * 1024 } as const

const MINUTE_MS = 60_000
const KEPT = 10_000

/** Bytes of log lines that a run of the installation may keep now; what it kept is told by `spent`. */
export interface LogAllowance {
  of(installationId: string): number
  spent(installationId: string, bytes: number): void
}

/** Lines are rows on a disk that everybody waits for: one that floods them has some of its last lines left out. */
export function createLogAllowance(clock: Clock): LogAllowance {
  const spent = new Map<string, { since: number; bytes: number }>()

  const current = (installationId: string) => {
    const entry = spent.get(installationId)
    return entry && clock.now() - entry.since < MINUTE_MS ? entry : undefined
  }

  return {
    of(installationId) {
      const left = LOG_LIMITS.minute - (current(installationId)?.bytes ?? 0)
      return Math.min(LOG_LIMITS.run, Math.max(left, LOG_LIMITS.least))
    },
    spent(installationId, bytes) {
      const entry = current(installationId) ?? { since: clock.now(), bytes: 0 }
      entry.bytes += bytes
      spent.delete(installationId)
      spent.set(installationId, entry)
      const [oldest] = spent.keys()
      if (spent.size > KEPT && oldest !== undefined) spent.delete(oldest)
    },
  }
}
