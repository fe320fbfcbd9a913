import type { JsonObject } from '@annex/sdk/json'

export type AuditOutcome = 'allowed' | 'refused' | 'failed'

/** What a caller reports: who did what to which target, and how it ended. */
export interface AuditEntry {
  /** The tenant that the act concerns, or `system`. */
  organizationId: string
  /** `principalName(…)`, or `system:<reason>`. */
  actor: string
  /** `platform.create`, `egress.fetch`, `extension.publish`, … */
  action: string
  target?: string
  outcome: AuditOutcome
  /** What decided: the rule of the permission manager or of the gate. */
  rule?: string
  /** At most 16 KiB as JSON; more is cut and marked. Never a secret. */
  details?: JsonObject
  requestId?: string
}

/** An entry as it is kept. */
export interface AuditRecord extends AuditEntry {
  id: string
  /** ISO 8601: when it was reported. */
  at: string
  /** The node that wrote it, and its place in that node's chain. */
  node: string
  sequence: number
}
