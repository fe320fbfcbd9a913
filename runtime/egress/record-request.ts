import type { Audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { Denial } from './denial.ts'
import type { EgressAnswer } from './exchange.ts'
import type { Redactor } from './redact.ts'

/** What the audit row of a request tells: never a path, a query or a header. */
export interface Trace {
  organizationId: string
  actor: string
  started: number
  method: string
  /** Bytes of the body. */
  sent: number
  hosts: string[]
}

export type Outcome = { answer: EgressAnswer } | { denial: Denial }

const REFUSALS = new Set(['EGRESS_DENIED', 'INVALID_ARGUMENT'])

/** One row a request, whatever became of it. A refusal is in the trail when this resolves. */
export async function recordRequest(
  { audit, clock }: { audit: Audit; clock: Clock },
  { organizationId, actor, started, method, sent, hosts }: Trace,
  outcome: Outcome,
  redactor: Redactor,
): Promise<void> {
  const result =
    'answer' in outcome ? { status: outcome.answer.status, bytes: outcome.answer.bytes } : { code: outcome.denial.code }
  // An upstream that redirects may write into a host name what it was sent.
  const [first = 'unreadable URL', ...others] = hosts.map((host) => redactor.text(host))
  const entry = {
    organizationId,
    actor,
    action: 'egress.fetch',
    target: first,
    rule: 'answer' in outcome ? 'granted' : outcome.denial.rule,
    details: {
      method: method.slice(0, 16),
      ...result,
      ...(sent > 0 ? { sent } : {}),
      ms: clock.now() - started,
      ...(others.length > 0 ? { hosts: [first, ...others] } : {}),
    },
  }
  if ('answer' in outcome) audit.note({ ...entry, outcome: 'allowed' })
  else if (REFUSALS.has(outcome.denial.code)) await audit.write({ ...entry, outcome: 'refused' })
  else audit.note({ ...entry, outcome: 'failed' })
}
