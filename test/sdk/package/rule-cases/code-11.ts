import type { Advisory } from '@annex/package/outside'
import type { RuleCase, RuleTry } from '../rule-case.ts'

const advisory: Advisory = {
  id: 'GHSA-aaaa-bbbb-cccc',
  library: 'left',
  affected: '>=1.0.0 <1.3.1',
  severity: 'moderate',
  summary: 'Padding never ends',
}

function holding(libraries: object[], change: Partial<Advisory> = {}): RuleTry {
  const description = { kind: 'connector', handlers: ['check'], libraries }
  return {
    files: { 'annex.describe.json': JSON.stringify(description) },
    outside: { advisories: [{ ...advisory, ...change }] },
  }
}

export const code11Case: RuleCase = {
  trips: [
    holding([{ name: 'left', version: '1.3.0' }]),
    holding([{ name: 'left', version: '1.3.0' }], { severity: 'critical' }),
    holding([{ name: 'left', version: '1.3.1-rc.1' }], { severity: 'low' }),
    holding([
      { name: 'left', version: '2.0.0' },
      { name: 'left', version: '1.0.0' },
    ]),
    holding([{ name: 'left', version: '' }]),
    holding([{ name: 'left', version: '1.3.0' }], { affected: 'all of them' }),
  ],
  passes: [
    holding([{ name: 'left', version: '1.3.1' }]),
    holding([{ name: 'left-pad', version: '1.3.0' }]),
    holding([]),
    { outside: { advisories: [] } },
  ],
}
