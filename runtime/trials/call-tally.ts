import type { TrialCall } from '@annex/package/trial'
import type { SeenCall } from './seen-calls.ts'

/** Kinds of calls of one run that are told apart: which there are is for the code to choose. */
const MAX_KINDS = 200
const MAX_CHARS = 300

/** Counts the calls of a run by what they were for. */
export interface CallTally {
  add(call: SeenCall): void
  /** In an order of their own: answers come in another from run to run. */
  calls(): TrialCall[]
}

export function createCallTally(): CallTally {
  const kinds = new Map<string, TrialCall>()
  const count = (call: Omit<TrialCall, 'count'>) => {
    const key = JSON.stringify([call.name, call.scope, call.host, call.target, call.declared])
    const known = kinds.get(key)
    if (known) known.count++
    else if (kinds.size < MAX_KINDS) kinds.set(key, { ...call, count: 1 })
  }
  return {
    add(call) {
      for (const kind of kindsOf(call)) count(kind)
    },
    calls: () => [...kinds].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, call]) => call),
  }
}

/** Where a call was led to more than one host, what was refused is the last. */
function kindsOf({ name, scope, hosts = [], target, undeclared }: SeenCall): Omit<TrialCall, 'count'>[] {
  if (hosts.length === 0) {
    const named = name === 'events.emit' || name === 'secrets.hmac' ? target : undefined
    return [{ name, ...(scope && { scope }), ...(named && { target: bounded(named) }), declared: !undeclared }]
  }
  const last = hosts.length - 1
  return hosts.map((host, index) => ({ name, host: bounded(host), declared: !(undeclared && index === last) }))
}

function bounded(text: string): string {
  return text.slice(0, MAX_CHARS).toWellFormed()
}
