import { annex, entry, type RuleCase, type RuleTry } from '../rule-case.ts'

const holding = (name: string): RuleTry => ({
  files: {
    'annex.describe.json': JSON.stringify({
      kind: 'connector',
      handlers: ['check'],
      libraries: [{ name, version: '1.0.0' }],
    }),
  },
})
const declaring = (host: string) =>
  annex((it) => Object.assign(it, { credentials: undefined, egress: [{ host, reason: 'Tells of faults' }] }))

export const code12Case: RuleCase = {
  trips: [
    entry('var dsn = "https://abc@o12.ingest.sentry.io/34"'),
    entry('fetch(`https://www.google-analytics.com/mp/collect?id=$\x7bid}`)'),
    holding('@sentry/browser'),
    holding('posthog-js'),
  ],
  passes: [
    { ...entry('var dsn = "https://abc@o12.ingest.sentry.io/34"'), ...declaring('*.ingest.sentry.io') },
    { ...holding('@segment/analytics-node'), ...declaring('api.segment.io') },
    holding('sentry-like'),
    holding('mixpanel-colors'),
    entry('var text = "sentry.io"; var sentries = "https://mysentry.io.example/"'),
  ],
}
