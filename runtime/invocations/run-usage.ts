import type { StepResult } from '../sandbox/run.ts'

/** What a run used, over all its steps. */
export type MeteredUsage = {
  /** Milliseconds of guest code. */
  cpuMs: number
  wallMs: number
  hostCalls: number
  /** Those of the host calls that went out. */
  fetches: number
  /** Bodies of answered requests, in bytes. */
  sentBytes: number
  receivedBytes: number
  /** Said, whether kept or not. */
  logLines: number
  /** By how much it made its process grow at most, as far as it was looked at. */
  memoryBytes: number
}

export const NO_USAGE: MeteredUsage = {
  cpuMs: 0,
  wallMs: 0,
  hostCalls: 0,
  fetches: 0,
  sentBytes: 0,
  receivedBytes: 0,
  logLines: 0,
  memoryBytes: 0,
}

/** The usage with one more step; traffic is told apart from the steps. */
export function withStep(usage: MeteredUsage, { usage: step, logs }: StepResult): MeteredUsage {
  const { fetches = 0, memoryBytes = 0 } = step
  return added(usage, { ...NO_USAGE, ...step, fetches, memoryBytes, logLines: logs.length })
}

/** All of both; of memory, which is not used up, the larger. */
export function added(a: MeteredUsage, b: MeteredUsage): MeteredUsage {
  return {
    cpuMs: a.cpuMs + b.cpuMs,
    wallMs: a.wallMs + b.wallMs,
    hostCalls: a.hostCalls + b.hostCalls,
    fetches: a.fetches + b.fetches,
    sentBytes: a.sentBytes + b.sentBytes,
    receivedBytes: a.receivedBytes + b.receivedBytes,
    logLines: a.logLines + b.logLines,
    memoryBytes: Math.max(a.memoryBytes, b.memoryBytes),
  }
}
