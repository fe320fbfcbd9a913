import type { RunFailure } from '../../runtime/sandbox/run.ts'

/**
 * Whose fault a failed run was. `upstream`: what the extension called did not serve it, in its own words. `platform`: the
 * sandbox or the service, by facts that no extension can make up.
 */
export const FAILURE_CLASSES = ['extension', 'upstream', 'limit', 'platform'] as const
export type FailureClass = (typeof FAILURE_CLASSES)[number]

export const LIMIT_NAMES = ['cpu', 'wall', 'memory', 'quota'] as const
export type LimitName = (typeof LIMIT_NAMES)[number]

/** `undefined` for what was stopped: that is no failure of anybody's. */
export function failureClass(failure: Pick<RunFailure, 'class' | 'code' | 'incident'>): FailureClass | undefined {
  if (failure.class === 'CANCELLED') return undefined
  if (limitOf(failure)) return 'limit'
  if (failure.class === 'QUEUE') return 'platform'
  if (failure.class === 'CRASH') return failure.incident ? 'extension' : 'platform'
  return failure.class === 'USER_ERROR' && UPSTREAM.has(failure.code) ? 'upstream' : 'extension'
}

/** The limit that ended the run. */
export function limitOf({ class: ending }: Pick<RunFailure, 'class'>): LimitName | undefined {
  return LIMITS.get(ending)
}

const UPSTREAM: ReadonlySet<string> = new Set([
  'CONNECTION_FAILED',
  'AUTHENTICATION_FAILED',
  'RATE_LIMIT_EXCEEDED',
  'TIMEOUT',
  'UNAVAILABLE',
])

const LIMITS: ReadonlyMap<RunFailure['class'], LimitName> = new Map([
  ['CPU', 'cpu'],
  ['WALL', 'wall'],
  ['MEMORY', 'memory'],
  ['QUOTA', 'quota'],
])
