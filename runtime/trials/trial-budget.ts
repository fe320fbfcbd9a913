/** What all runs of a trial may take together. */
export const TRIAL_LIMITS = {
  wallMs: 120_000,
  /** Of guest code. */
  cpuMs: 60_000,
} as const

/** Ends the runs of a trial when they have taken what they may together. */
export interface TrialBudget {
  /** Aborts when it is spent. */
  readonly signal: AbortSignal
  spend(cpuMs: number): void
  close(): void
}

export function openTrialBudget(limits: { wallMs: number; cpuMs: number } = TRIAL_LIMITS): TrialBudget {
  const spent = new AbortController()
  const timer = setTimeout(() => spent.abort(), limits.wallMs)
  let leftMs = limits.cpuMs
  return {
    signal: spent.signal,
    spend(cpuMs) {
      leftMs -= cpuMs
      if (leftMs < 0) spent.abort()
    },
    close: () => clearTimeout(timer),
  }
}
