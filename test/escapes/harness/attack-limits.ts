import type { StepLimits } from '../../../runtime/sandbox/run.ts'

/** Small, so that a budget is soon used up. */
export const ATTACK_LIMITS: StepLimits = {
  sliceMs: 100,
  cpuMs: 200,
  wallMs: 1_500,
  hostCalls: 100,
  fetches: 10,
  logLines: 100,
}

/** What may come on top of a budget, and how long anybody else may wait: both promised. */
export const GRACE_MS = 1_000
