import { PackageRefused } from '../package-refused.ts'
import type { RunFailure } from './run.ts'

/** What isolated-vm puts behind the message of a script that does not compile. */
const PLACE = / \[(ext:\/\/[^\s\]]{1,400}:\d{1,9}:\d{1,9})\]$/

/** The failure of a script that does not compile: its place is its only frame. */
export function loadFailure(problem: string): RunFailure {
  const place = PLACE.exec(problem)
  return {
    class: 'USER_ERROR',
    code: 'EXTENSION_LOAD_FAILED',
    message: (place ? `${problem.slice(0, place.index)} (${place[1]})` : problem).toWellFormed(),
    ...(place && { stack: `    at ${place[1]}` }),
    retryable: false,
    incident: false,
  }
}

/** The failure of a script that could not be had. */
export function unreadFailure(error: unknown): RunFailure {
  const message = error instanceof Error ? error.message : 'The package could not be read'
  const failure = { class: 'CRASH', code: 'EXTENSION_LOAD_FAILED', message, retryable: true, incident: false } as const
  return error instanceof PackageRefused ? { ...failure, code: error.code, retryable: error.retryable } : failure
}
