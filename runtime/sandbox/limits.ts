import type { StepLimits } from './step-limits.ts'

/** Limits of one step when the caller names none: fit for a call that a person waits for. */
export const STEP_LIMITS: StepLimits = {
  sliceMs: 250,
  cpuMs: 1_000,
  wallMs: 10_000,
  hostCalls: 200,
  fetches: 50,
  logLines: 1_000,
}

/** For syncs and other work that nobody waits for. */
export const BACKGROUND_STEP_LIMITS: StepLimits = { ...STEP_LIMITS, cpuMs: 10_000, wallMs: 120_000 }

/** Limits of the cage itself. Each is the same in development, checks and production. */
export const CAGE_LIMITS = {
  /**
   * One frame in either direction, counted before it is buffered: four times the characters that a slice may say or hear
   * (`prelude/outbox.ts`, `host-api`), as one may take up to three bytes.
   */
  frameBytes: 16 * 1024 * 1024,
  /** Nesting of what a guest sends. */
  depth: 64,
  /** Values in what a guest says in a slice: a page of 10,000 records with 50 fields. */
  values: 500_000,
  /** Heap of one guest (isolated-vm's `memoryLimit`), in MB: an early, polite end before the harder ones. */
  guestHeapMb: 64,
  /** Data segment of a child (`RLIMIT_DATA`): catches what grows faster than the supervisor looks. */
  dataBytes: 640 * 1024 * 1024,
  /** What a child's code and libraries take beside its data, in its control group's count. */
  codeBytes: 128 * 1024 * 1024,
  /** Threads and processes of a child: Node starts about a dozen threads. */
  tasks: 64,
  /** Resident memory that one run may add to its process: three times a guest's heap. */
  growthBytes: 192 * 1024 * 1024,
  /** Resident memory of a whole child, at which the run that made it grow most is ended. */
  residentBytes: 576 * 1024 * 1024,
  /** Resident memory at rest over which an idle child is replaced. */
  recycleBytes: 384 * 1024 * 1024,
  residentPollMs: 20,
  /** How long past its slice a child may stay silent without wanting to run. */
  sliceGraceMs: 250,
  /** isolated-vm's own timeout counts wall time: so many slices long, for machines that tell no CPU time. */
  wallSlices: 20,
  /** Compiling an entry script, once per installation and child. */
  compileMs: 2_000,
  /** Evaluating the entry script, once per run, on top of the first slice. */
  loadMs: 500,
  /** Host calls of one run that the host works on at a time; more wait inside the guest. */
  callsInFlight: 16,
  /** What a cancelled run may still do in the listeners of its signal; then it ends. */
  cancelMs: 250,
  /** Timers of one run that wait at a time, over all its pages. */
  timers: 1_000,
  /** `setTimeout` is a wait on the host; longer ones are cut to this. */
  timerMs: 60_000,
  /** Compiling a context leaks a little in V8: a fresh isolate after so many. */
  contextsPerIsolate: 300,
  /** A child is replaced, when idle, after so many runs. */
  runsPerChild: 5_000,
  /** Installations of one organization whose code stays in one child; the one used longest ago makes room. */
  installationsPerChild: 128,
  /** Runs of one installation at a time. */
  runsPerInstallation: 16,
  /** How long after a spare was taken the next one is started. */
  spareDelayMs: 25,
  /** How often idle children are asked for a sign of life, and the CPU that they may take for it. */
  heartbeatMs: 5_000,
  pingMs: 500,
  /** Runs that wait for a child, of all organizations and of one; the next is refused with QUEUE. */
  queueLength: 1_000,
  queueLengthOfOne: 200,
  queueMs: 30_000,
  /** From spawn to the first frame. */
  startMs: 10_000,
  /** How long an organization without a child waits for one before another's is emptied for it. */
  patienceMs: 250,
  /** Of one slice, as the child tells it: more is a lie. */
  sliceCpuMs: 3_600_000,
  codeChars: 100,
  messageChars: 4_096,
  logMessageChars: 8_192,
  /** Text of all log lines of a step, as it is kept; what is over it does not leave the guest. */
  logChars: 256 * 1024,
} as const

/** Limits of a check child, which reads packages and schemas and runs none of their code. */
export const CHECK_LIMITS = {
  frameBytes: 64 * 1024 * 1024,
  /** What is asked of it; the rest of a frame is for the header. */
  questionBytes: 63 * 1024 * 1024,
  /** Nesting and number of the values in an answer. */
  depth: 128,
  values: 2_000_000,
  dataBytes: 768 * 1024 * 1024,
  residentBytes: 640 * 1024 * 1024,
  checkMs: 15_000,
  extractMs: 5_000,
  validateMs: 3_000,
  traceMs: 1_000,
  compareMs: 30_000,
  /** The times above are of CPU; in wall time each may take so many times as long before it counts as stuck. */
  wallFactor: 4,
  /** Questions that wait, of all owners and of one. */
  queueLength: 500,
  queueLengthOfOne: 100,
  /** Resident memory at rest over which a child is replaced. */
  recycleBytes: 384 * 1024 * 1024,
} as const
