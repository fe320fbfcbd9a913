import type { Measured } from './report.ts'
import type { TrialUsage } from './trial.ts'

/** What each fixture took, on the platform where it took most of it. */
export function usageByFixture(measured: readonly Measured[]): Record<string, TrialUsage> {
  const byFixture = new Map<string, TrialUsage>()
  for (const { fixture, cpuMs, memory, hostCalls, fetches } of measured) {
    const most = byFixture.get(fixture) ?? { cpuMs: 0, memory: 0, hostCalls: 0, fetches: 0 }
    byFixture.set(fixture, {
      cpuMs: Math.max(most.cpuMs, cpuMs),
      memory: Math.max(most.memory, memory),
      hostCalls: Math.max(most.hostCalls, hostCalls),
      fetches: Math.max(most.fetches, fetches),
    })
  }
  return Object.fromEntries(byFixture)
}
