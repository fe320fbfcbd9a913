import type { ScopeCondition, ScopeHours } from '@annex/sdk/scope-limits'
import { isScope, type Scope } from '@annex/sdk/scopes'
import { type Decision, decide, type RequestFacts } from '../../runtime/permissions/decide.ts'
import { limitWords } from '../../runtime/permissions/limit-words.ts'
import type { InstallationPrincipal, KeyPrincipal, UserPrincipal } from '../../runtime/permissions/principal.ts'
import { type ReachesRecord, reachesRecord } from '../../runtime/platform/reaches-record.ts'
import type { Store } from '../../runtime/storage/port.ts'
import { grantWords } from '../catalog/permission-words.ts'
import { type Outcome, refused } from '../errors.ts'
import type { ReleaseFacts } from '../publishing/drafts-collection.ts'
import type { InstallationDocument } from './installation-collections.ts'

/** A call to be explained, as far as it is known. */
export interface ExplainRequest {
  /** In its long form. */
  scope: string
  /** Whose record `record` is; the noun of the scope if absent. */
  resource?: string
  record?: string
  /** Fields that the call would filter by, or write. */
  fields?: readonly string[]
  rows?: number
  /** ISO 8601; now if absent. */
  at?: string
}

/** What the permission manager says, and in which words. */
export interface Verdict {
  allowed: boolean
  /** What decided: a rule of the permission manager, `row-condition` or `installation-not-active`. */
  rule: string
  reason: string
  /** What the call could reach, where it is allowed. */
  limits?: {
    /** In plain words. */
    words: string
    conditions?: ScopeCondition[]
    columns?: string[]
    maxRows?: number
    hours?: ScopeHours[]
  }
}

/** Of the installation alone; `together` with whoever asks, as if they had started the run. */
export interface Explanation extends Verdict {
  at: string
  together: Verdict
  /** What the manifest says of the scope. */
  asked: 'required' | 'optional' | 'not-asked'
  /** The consent that is in force. */
  grant: { by: string; at: string; manifestDigest: string; epoch: number }
  /** `known: false`: there is no such record, or the asker may not see all of it; the verdicts then leave it out. */
  record?: { id: string; known: boolean }
}

export interface ExplainSubject {
  installation: InstallationDocument
  version: ReleaseFacts
  asker: UserPrincipal | KeyPrincipal
}

/** Decides as a call would be decided, and changes nothing. `now`: milliseconds since the Unix epoch. */
export async function explain(
  { store, now }: { store: Store; now: number },
  { installation, version, asker }: ExplainSubject,
  request: ExplainRequest,
): Promise<Outcome<Explanation>> {
  const { scope, record: id, resource = scope.slice(scope.indexOf(':') + 1), fields, rows } = request
  if (!isScope(scope)) return refused('UNKNOWN_SCOPE', `there is no scope ${JSON.stringify(scope)}`)
  const at = request.at === undefined ? now : Date.parse(request.at)
  if (Number.isNaN(at)) return refused('INVALID_ARGUMENT', '`at` is no instant')
  const facts = { at, ...(fields ? { fields } : {}), ...(rows === undefined ? {} : { rows }) }
  // Whether the asker sees the record is a question of now, whenever the call would be.
  const reaches = id === undefined ? undefined : await reachesRecord(store, { asker, scope, resource, id, at: now })
  const own = principalOf(installation)
  const verdict = (principal: InstallationPrincipal) =>
    installation.state === 'active' ? judge(principal, scope, facts, reaches) : notActive(installation)
  const { by, at: since, manifestDigest } = installation.consent
  return {
    ok: true,
    value: {
      ...verdict(own),
      at: new Date(at).toISOString(),
      together: verdict({ ...own, actor: asker }),
      asked: askedOf(version, scope),
      grant: { by, at: since, manifestDigest, epoch: installation.epoch },
      ...(id === undefined ? {} : { record: { id, known: reaches !== undefined } }),
    },
  }
}

function judge(
  principal: InstallationPrincipal,
  scope: Scope,
  facts: RequestFacts,
  reaches: ReachesRecord | undefined,
): Verdict {
  const decision = decide(principal, scope, facts)
  if (!decision.allowed) return decision
  if (!reaches || reaches(decision.limits)) return allowed(scope, decision)
  const [words] = limitWords({ conditions: decision.limits.conditions, hours: [] })
  return { allowed: false, rule: 'row-condition', reason: `${scope} is granted ${words}: not for this record` }
}

function allowed(scope: Scope, { rule, reason, limits }: Extract<Decision, { allowed: true }>): Verdict {
  const { conditions, columns, maxRows, hours } = limits
  return {
    allowed: true,
    rule,
    reason,
    limits: {
      words: grantWords(scope, limits),
      ...(conditions.length > 0 ? { conditions: [...conditions] } : {}),
      ...(columns ? { columns: [...columns] } : {}),
      ...(maxRows === undefined ? {} : { maxRows }),
      ...(hours.length > 0 ? { hours: [...hours] } : {}),
    },
  }
}

function notActive({ state }: InstallationDocument): Verdict {
  const reason = `the installation is ${state}: nothing of it may run`
  return { allowed: false, rule: 'installation-not-active', reason }
}

function askedOf({ capabilities }: ReleaseFacts, scope: Scope): Explanation['asked'] {
  const { required, optional } = capabilities.scopes
  if (required.some((wish) => wish.scope === scope)) return 'required'
  return optional.some((wish) => wish.scope === scope) ? 'optional' : 'not-asked'
}

function principalOf({ _id, organizationId, extension, version, epoch, grants }: InstallationDocument) {
  if (organizationId === undefined) throw new Error(`the installation ${_id} has no organization`)
  return { kind: 'installation', installationId: _id, organizationId, extension, version, epoch, grants } as const
}
