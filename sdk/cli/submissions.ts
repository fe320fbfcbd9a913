import type { Finding } from '@annex/package/finding'
import { CliError } from './cli-error.ts'
import { EXIT } from './exit-codes.ts'

/** A submission as the server tells it; only what the command line shows. */
export interface Submission {
  id: string
  status: string
  reviewStatus: string
  /** Whether something still happens to it without a new upload. */
  open: boolean
  nextStep: string
  extension?: string
  version?: string
  findings: Finding[]
  reasons: string[]
  updatedAt: string
}

/** Throws a `CliError` when the server's answer is no submission. */
export function parseSubmission(value: unknown): Submission {
  const { id, status, reviewStatus, open, nextStep, extension, version, findings, reasons, updatedAt } =
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  if (typeof id !== 'string' || typeof reviewStatus !== 'string' || typeof open !== 'boolean') {
    throw new CliError(EXIT.server, 'BAD_ANSWER', 'The server did not answer with a submission', {
      fix: 'The server may be of another version than this annex',
    })
  }
  return {
    id,
    status: String(status),
    reviewStatus,
    open,
    nextStep: typeof nextStep === 'string' ? nextStep : '',
    ...(typeof extension === 'string' && { extension }),
    ...(typeof version === 'string' && { version }),
    findings: Array.isArray(findings) ? (findings as Finding[]) : [],
    reasons: Array.isArray(reasons) ? reasons.map(String) : [],
    updatedAt: String(updatedAt ?? ''),
  }
}

/** 0 for what is on its way or published, 1 for what the author must mend. */
export function exitOf({ open, reviewStatus }: Submission) {
  return open || reviewStatus === 'published' ? EXIT.ok : EXIT.failed
}
