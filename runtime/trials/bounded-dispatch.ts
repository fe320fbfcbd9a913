import type { Dispatch, HostCallResult } from '../sandbox/host-call.ts'

/** What all steps of one fixture may ask of its host together: what they store is kept in memory. */
const LIMITS = { calls: 2_000, argumentChars: 16 * 1024 * 1024 }

/** Refuses what is more than a fixture may ask for. */
export function boundedDispatch(dispatch: Dispatch): Dispatch {
  let calls = 0
  let chars = 0
  return async (call, signal) => {
    calls++
    chars += JSON.stringify(call.args)?.length ?? 0
    if (calls > LIMITS.calls) return tooMuch(`more than ${LIMITS.calls} host calls`)
    if (chars > LIMITS.argumentChars) return tooMuch(`arguments of more than ${LIMITS.argumentChars} characters`)
    return dispatch(call, signal)
  }
}

function tooMuch(what: string): HostCallResult {
  return { ok: false, error: { code: 'QUOTA_EXCEEDED', message: `${what} in one fixture` } }
}
