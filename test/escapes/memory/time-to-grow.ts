import type { StepLimits } from '../../../runtime/sandbox/run.ts'

/** The slices of a real run and a little computing time more: memory is what should run out first. */
export const TIME_TO_GROW: Partial<StepLimits> = { sliceMs: 250, cpuMs: 1_000, wallMs: 4_000 }
