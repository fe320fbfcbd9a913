import type { NeighbourName } from '@annex/package/outside'
import type { RuleCase, RuleTry } from '../rule-case.ts'

const among = (...names: NeighbourName[]): RuleTry => ({ outside: { names, versions: [] } })
const extension = (name: string, displayName?: string): NeighbourName => ({
  name,
  kind: 'extension',
  ...(displayName === undefined ? {} : { displayName }),
})
const word = (name: string): NeighbourName => ({ name, kind: 'trademark' })
const called = (displayName: string, name: string): RuleTry => ({
  ...among(word(name)),
  manifest: (it) => Object.assign(it.annex, { displayName }),
})

export const man14Case: RuleCase = {
  trips: [
    among(extension('@other/site-import')),
    among(extension('@other/site-imports')),
    among(extension('@other/sites-inport')),
    among(extension('@other/something', 'Site Imports')),
    among(word('Acme')),
    called('Import by Costructor', 'costructor'),
    called('SAP ONE bridge', 'SAP One'),
  ],
  passes: [
    among(),
    among(extension('@acme/site-imports')),
    among(extension('@other/site-exporter', 'Sites out')),
    called('WCAG report', 'WC'),
    called('Sapling import', 'SAP'),
    called('One SAP', 'SAP One'),
    { outside: { names: [extension('@other/site-import'), word('Site')], versions: ['1.1.0'] } },
  ],
}
