import { type Clock, systemClock } from '../clock.ts'
import type { Log } from '../log.ts'
import { createCage, NODE_FLAGS } from './cage.ts'
import { prepareChildFolder } from './child-folder.ts'
import { createCodeCache } from './code-cache.ts'
import { GuestPool, type PoolOptions } from './guest-pool.ts'
import { GuestRun } from './guest-run.ts'
import { createLoadUnit } from './load-unit.ts'
import type { Run, RunRequest, Sandbox } from './run.ts'

export interface SandboxOptions extends PoolOptions {
  log: Log
  /** What the guests' clocks go by; the system's by default. */
  clock?: Pick<Clock, 'now'>
  /** `full`: refuse to start unless every containment layer holds that is not optional. */
  requireIsolation?: 'full'
}

/** Thrown at start when the machine does not give the isolation that was asked for. */
export class IsolationUnavailable extends Error {
  readonly code = 'ISOLATION_UNAVAILABLE'
}

/** Runs extensions in caged child processes. One sandbox a service; `close` ends every child. */
export async function createSandbox({
  log,
  clock = systemClock,
  requireIsolation,
  ...options
}: SandboxOptions): Promise<Sandbox> {
  const cage = createCage()
  const missing = cage.layers.filter(({ active, optional }) => !active && !optional)
  if (requireIsolation === 'full' && missing.length > 0) {
    throw new IsolationUnavailable(`Missing: ${missing.map(({ name, detail }) => `${name} (${detail})`).join(', ')}`)
  }
  const pool = new GuestPool(cage, await prepareChildFolder(), log, options)
  const loadUnit = createLoadUnit(createCodeCache(), NODE_FLAGS)
  let lastRun = 0
  return {
    start: (request: RunRequest): Run => new GuestRun(pool, loadUnit, ++lastRun, request, clock),
    status: () => ({ children: pool.children(), layers: [...cage.layers], kills: { ...pool.kills } }),
    async close() {
      await pool.close()
      cage.close()
    },
  }
}
