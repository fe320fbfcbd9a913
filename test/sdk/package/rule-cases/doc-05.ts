import { png } from '../picture-builder.ts'
import { annex, type RuleCase } from '../rule-case.ts'

const says = (description: string) => ({ manifest: (it: object) => Object.assign(it, { description }) })
const price = { model: 'ONE_TIME', price: 900, currency: 'EUR' }

export const doc05Case: RuleCase = {
  trips: [
    { manifest: (it) => delete it.description },
    says('Site import'),
    says('Sites'),
    says('A TypeScript wrapper around the middleware of the ERP'),
    { manifest: (it) => delete it.keywords },
    { manifest: (it) => Object.assign(it, { keywords: [' '] }) },
    annex((it) => Object.assign(it, { pricing: price })),
  ],
  passes: [
    says('Brings construction sites from any JSON API in'),
    says('Wraps up the day: hours, sites and weather in one mail'),
    {
      ...annex((it) => Object.assign(it, { pricing: price, screenshots: ['one.png'] })),
      files: { 'one.png': png(640, 480) },
    },
    annex((it) => Object.assign(it, { pricing: { model: 'FREE' } })),
  ],
}
