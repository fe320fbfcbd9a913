import type { Outside } from '@annex/package/outside'
import type { RuleCase, RuleTry } from '../rule-case.ts'

const version = (number: string, outside: Outside): RuleTry => ({
  manifest: (it) => Object.assign(it, { version: number }),
  outside,
})
const published = { versions: ['1.0.0', '2.0.0'], latest: '2.0.0' }

export const man05Case: RuleCase = {
  trips: [
    version('1.2.0', published),
    version('1.2.0', { ...published, channel: 'latest' }),
    version('2.0.0-rc.1', published),
    version('3.0.0-beta.1', { ...published, channel: 'latest' }),
  ],
  passes: [
    version('2.0.1', published),
    version('1.2.0', { ...published, channel: 'lts' }),
    version('3.0.0-beta.1', published),
    version('0.1.0', { versions: [] }),
    version('1.0.0', published),
  ],
}
