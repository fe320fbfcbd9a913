import type { Report } from '@annex/package/report'
import type { Terminal } from './terminal.ts'

/** What is asked for and was seen nowhere: neither in a fixture's run nor in the code. */
export function showUse(terminal: Terminal, { use }: Report): string[] {
  const unseen = [...(use?.scopes ?? []), ...(use?.hosts ?? [])].filter(({ seen }) => seen === 'never')
  if (unseen.length === 0) return []
  const names = unseen.map(({ name, asked }) => (asked === 'optional' ? `${name} (optional)` : name))
  return [
    `${terminal.paint('dim', 'asked for, and not seen in use')}: ${names.join(', ')}`,
    '  Administrators and reviewers are shown this too: take out what is not needed, or write a fixture that shows it',
  ]
}
