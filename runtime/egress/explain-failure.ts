import { type Denial, DenialError, denial } from './denial.ts'

export interface FailureContext {
  host: string
  /** The run's own signal. */
  signal: AbortSignal
  /** The deadline of the request. */
  deadline: AbortSignal
}

/** Turns what a request died of into a denial. Of foreign error texts only the code passes: they may quote anything. */
export function explainFailure(error: unknown, { host, signal, deadline }: FailureContext): Denial {
  if (error instanceof DenialError) return error.denial
  if (signal.aborted) return denial('CANCELLED', 'cancelled', 'the run was stopped')
  if (deadline.aborted) return denial('TIMEOUT', 'timeout', `${host} did not answer in time`)
  const code = codeOf(error)
  const suffix = code === undefined ? '' : ` (${code})`
  if (code === 'UND_ERR_MAX_ORIGINS_REACHED') {
    return denial('QUOTA_EXCEEDED', 'parallel-hosts', 'connections to too many hosts are open at once')
  }
  if (code?.includes('TIMEOUT') || code === 'ETIMEDOUT') {
    return denial('TIMEOUT', 'timeout', `${host} did not answer in time${suffix}`)
  }
  return denial('CONNECTION_FAILED', 'connection', `${host} could not be reached${suffix}`)
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const code: unknown = 'code' in error ? error.code : undefined
  if (typeof code === 'string' && /^[A-Z0-9_]{2,64}$/.test(code)) return code
  return error.cause === error ? undefined : codeOf(error.cause)
}
