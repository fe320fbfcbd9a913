import { readGrants } from '@annex/sdk/read-grants'
import type { ScopeEntry } from '@annex/sdk/scope-limits'
import type { ScopeGrant } from '@annex/sdk/scopes'
import { type Outcome, refused } from './errors.ts'

const SHOWN = 20

/** What a person's list of scopes means, or why it means nothing: `UNKNOWN_SCOPE`, or `INVALID_ARGUMENT` for its limits. */
export function wantedGrants(entries: readonly ScopeEntry[]): Outcome<ScopeGrant[]> {
  const read = readGrants(entries)
  if ('grants' in read) return { ok: true, value: read.grants }
  if ('unknown' in read) {
    const unknown = read.unknown.slice(0, SHOWN)
    return refused('UNKNOWN_SCOPE', `not a scope: ${unknown.join(', ')}`, { details: { unknown } })
  }
  const problems = read.problems
    .slice(0, SHOWN)
    .map(({ pointer, message }) => ({ pointer: `/scopes${pointer}`, message }))
  const [first] = problems
  return refused('INVALID_ARGUMENT', `${first?.pointer}: ${first?.message}`, { details: { problems } })
}
