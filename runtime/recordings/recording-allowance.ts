import type { Clock } from '../clock.ts'

/** What is kept of an installation whose runs fail and fail: recordings and compressed bytes within an hour. */
export const ALLOWANCE_LIMITS = { recordings: 60, bytes: 8 * 1024 * 1024, windowMs: 3_600_000 } as const

const KEPT = 10_000

export interface RecordingAllowance {
  hasRoom(installationId: string): boolean
  spent(installationId: string, bytes: number): void
}

/** The first failures of an hour tell what is wrong; the thousandth would only fill the disk. */
export function createRecordingAllowance(clock: Clock): RecordingAllowance {
  const spent = new Map<string, { since: number; recordings: number; bytes: number }>()

  const current = (installationId: string) => {
    const entry = spent.get(installationId)
    return entry && clock.now() - entry.since < ALLOWANCE_LIMITS.windowMs ? entry : undefined
  }

  return {
    hasRoom(installationId) {
      const { recordings = 0, bytes = 0 } = current(installationId) ?? {}
      return recordings < ALLOWANCE_LIMITS.recordings && bytes < ALLOWANCE_LIMITS.bytes
    },
    spent(installationId, bytes) {
      const entry = current(installationId) ?? { since: clock.now(), recordings: 0, bytes: 0 }
      entry.recordings++
      entry.bytes += bytes
      spent.delete(installationId)
      spent.set(installationId, entry)
      const [oldest] = spent.keys()
      if (spent.size > KEPT && oldest !== undefined) spent.delete(oldest)
    },
  }
}
