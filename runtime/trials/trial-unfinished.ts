import type { CheckResult } from '../sandbox/check-process.ts'

export type CheckFailure = Extract<CheckResult<never>, { ok: false }>

/** A trial that could not be brought to an end, through no fault of the package: it may be tried again. */
export class TrialUnfinished extends Error {
  readonly code: CheckFailure['code']
  constructor(code: CheckFailure['code'], message: string) {
    super(message)
    this.code = code
  }
}
