import type { CodeUse } from '../report.ts'
import { codeAddresses } from './code-addresses.ts'
import { syntaxOf } from './entry-syntax.ts'
import { platformUse } from './platform-use.ts'

/** What the entry says that it uses, found by reading it. */
export function codeUse(entry: Uint8Array): CodeUse {
  const syntax = syntaxOf(entry)
  if (!syntax || 'problem' in syntax) return { scopes: [], computed: false, hosts: [] }
  const { scopes, computed } = platformUse(syntax.tree)
  const { addresses } = codeAddresses(syntax.tree)
  return {
    scopes: sorted(scopes.map(({ scope }) => scope)),
    computed,
    hosts: sorted(addresses.map(({ host }) => host)).slice(0, MAX_HOSTS),
  }
}

/** A report stays small, whatever a list of hosts in the code is for. */
const MAX_HOSTS = 1000

function sorted(names: readonly string[]): string[] {
  return [...new Set(names)].sort()
}
