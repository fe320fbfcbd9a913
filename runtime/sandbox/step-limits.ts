/** Limits of one step: a plain handler is one step, a generator one per page. */
export interface StepLimits {
  /** Milliseconds of one uninterrupted slice of guest code. */
  sliceMs: number
  /** Milliseconds of guest code over the step. */
  cpuMs: number
  /** Milliseconds from start to end, waiting included. */
  wallMs: number
  hostCalls: number
  fetches: number
  logLines: number
}
