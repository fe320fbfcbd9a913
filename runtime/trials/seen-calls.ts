import { AsyncLocalStorage } from 'node:async_hooks'
import { HOST_CALLS, type HostCallName } from '@annex/sdk/host-api'
import { resourceNamed } from '@annex/sdk/resources'
import type { Audit } from '../audit/audit.ts'
import type { AuditEntry } from '../audit/audit-entry.ts'
import type { Dispatch, HostCall, HostCallResult } from '../sandbox/host-call.ts'

/** One host call with what was decided of it. */
export interface SeenCall {
  name: string
  /** What it was for: a host and path, a resource, a key. */
  target: string
  outcome: 'allowed' | 'refused' | 'failed'
  /** What decided, by the audit trail: `granted`, `scope-not-granted`, `host-not-granted`, … */
  rule: string
  /** The scope that the call needs, in its long form. */
  scope?: string
  /** The hosts that it was led to, in their order. */
  hosts?: string[]
  /** Whether it was refused because the manifest does not declare the scope, the last host, the event or the secret. */
  undeclared: boolean
  /** Of a refusal. */
  code?: string
  message?: string
  /** Milliseconds. */
  ms: number
}

/** Looks over the shoulder of the host: which call made which row of the audit trail. */
export interface CallWatch {
  audit(audit: Audit): Audit
  dispatch(dispatch: Dispatch): Dispatch
}

export function watchCalls(onCall: (call: SeenCall) => void): CallWatch {
  const current = new AsyncLocalStorage<AuditEntry[]>()
  const note = (entry: AuditEntry) => void current.getStore()?.push(entry)
  return {
    audit: (audit) => ({
      ...audit,
      write: (entry) => {
        note(entry)
        return audit.write(entry)
      },
      within: (tx, entry) => {
        note(entry)
        return audit.within(tx, entry)
      },
      note: (entry) => {
        note(entry)
        audit.note(entry)
      },
    }),
    dispatch: (dispatch) => async (call, signal) => {
      const entries: AuditEntry[] = []
      const started = performance.now()
      const result = await current.run(entries, () => dispatch(call, signal))
      onCall(seen(call, result, entries.at(-1), performance.now() - started))
      return result
    },
  }
}

/** The refusals of what no manifest asked for, where all is granted that this one asks for. */
const UNDECLARED = new Set(['scope-not-granted', 'host-not-granted', 'event-not-declared', 'secret-not-declared'])

function seen(call: HostCall, result: HostCallResult, entry: AuditEntry | undefined, ms: number): SeenCall {
  const scope = scopeOf(call)
  const decided = result.ok ? undefined : (entry?.rule ?? ruleOfError(result.error.details))
  const hosts = hostsOf(entry, result)
  const base = {
    name: call.name,
    target: targetOf(call.args),
    ...(scope && { scope }),
    ...(hosts.length > 0 && { hosts }),
    undeclared: decided !== undefined && UNDECLARED.has(decided),
    ms: Math.round(ms * 10) / 10,
  }
  if (result.ok) return { ...base, outcome: 'allowed', rule: entry?.rule ?? ruleOf(call.name) }
  const { code, message } = result.error
  const outcome = entry && entry.outcome !== 'allowed' ? entry.outcome : 'refused'
  const rule = (entry?.outcome === 'allowed' ? undefined : entry?.rule) ?? code.toLowerCase().replaceAll('_', '-')
  return { ...base, outcome, rule, code, message }
}

/** Of calls that leave no row, as they concern nobody else: what the manifest must declare for them. */
function ruleOf(name: string): string {
  const needs = Object.hasOwn(HOST_CALLS, name) ? HOST_CALLS[name as HostCallName].needs : 'nothing'
  return needs === 'nothing' ? 'needs no scope' : `declared under ${needs}`
}

/** A call of a version that the guest does not see is no call, and needs nothing. */
function scopeOf({ name, args }: HostCall): string | undefined {
  const needs = Object.hasOwn(HOST_CALLS, name) ? HOST_CALLS[name as HostCallName].needs : 'nothing'
  const action = /^(read|write):<resource>$/.exec(needs)?.[1]
  const named = (args as { resource?: unknown } | null)?.resource
  const resource = typeof named === 'string' ? resourceNamed(named) : undefined
  return action && resource && `${action}:${resource.scope}`
}

function hostsOf(entry: AuditEntry | undefined, result: HostCallResult): string[] {
  if (entry?.action !== 'egress.fetch' || entry.target === undefined) return []
  const all = entry.details?.hosts
  const hosts = Array.isArray(all) ? all.map(String) : [entry.target]
  const refused = result.ok || entry.rule !== 'host-not-granted' ? undefined : hostIn(result.error.message)
  return refused === undefined || refused === hosts.at(-1) ? hosts : [...hosts, refused]
}

/** Where a redirect leads that is refused, the gate's words alone tell: `https://elsewhere.example:443 is not …`. */
function hostIn(message: string): string | undefined {
  return /^(?:a redirect: )?[a-z]{1,10}:\/\/([^\s/]{1,300}):\d{1,5} /.exec(message)?.[1]
}

function ruleOfError(details: unknown): string | undefined {
  const rule = (details as { rule?: unknown } | undefined)?.rule
  return typeof rule === 'string' ? rule : undefined
}

/** The arguments that say what a call is about; the values of records and bodies are left out. */
function targetOf(args: unknown): string {
  if (typeof args !== 'object' || args === null) return ''
  const given = args as Record<string, unknown>
  const words = ['method', 'url', 'resource', 'id', 'key', 'prefix', 'type', 'ref'].flatMap((name) => {
    const value = given[name]
    return typeof value === 'string' ? [value.length > 200 ? `${value.slice(0, 200)}…` : value] : []
  })
  return words.join(' ')
}
