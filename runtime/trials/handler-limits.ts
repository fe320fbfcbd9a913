import { BACKGROUND_STEP_LIMITS, STEP_LIMITS } from '../sandbox/limits.ts'
import type { StepLimits } from '../sandbox/run.ts'

/** Parts of the definition that production runs in a sync or behind an event: nobody waits for them. */
const BEHIND = ['streams', 'transform', 'on', 'schedules', 'webhook']

/** The limits that production gives to a step of this handler: `check`, `schedules.nightly`. */
export function limitsOf(handler: string): StepLimits {
  return BEHIND.includes(handler.split('.')[0] ?? '') ? BACKGROUND_STEP_LIMITS : STEP_LIMITS
}
