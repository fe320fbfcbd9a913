import type { Files } from '../good-package.ts'
import { annex, type RuleCase } from '../rule-case.ts'

/** A package that declares these parts and describes these handlers beside its own. */
function reacting(parts: object, handlers: readonly string[]) {
  const files: Files = {
    'annex.describe.json': JSON.stringify({
      kind: 'connector',
      handlers: ['check', 'streams.sites.read', ...handlers],
      streams: { sites: { schema: { type: 'object' }, primaryKey: ['id'], read: true, write: false } },
    }),
  }
  return { ...annex((it) => Object.assign(it, parts)), files }
}

const read = { permissions: { required: [{ scope: 'read:chantiers', reason: 'Hears of the sites' }] } }
const schedule = (more: object) => ({ schedules: [{ name: 'nightly', cron: '0 3 * * *', ...more }] })
const webhook = {
  webhook: { signature: { scheme: 'stripe', secretRef: 'hook' } },
  secrets: [{ ref: 'hook', use: 'hmac-sha256' }],
}

/** What is declared to react to, and what is handled. */
export const man17Case: RuleCase = {
  trips: [
    reacting({ ...read, events: { subscribes: ['chantiers.created'] } }, []),
    reacting(read, ['on.chantiers.created']),
    reacting({ events: { subscribes: ['chantiers.created'] } }, ['on.chantiers.created']),
    reacting({ ...read, events: { subscribes: ['chantiers.painted'] } }, ['on.chantiers.painted']),
    reacting({ ...read, events: { subscribes: ['INVOICE_ISSUED'] } }, ['on.INVOICE_ISSUED']),
    ...['chantiers.created', 'INVOICE_ISSUED', 'installation.x', 'one', 'a..b', 'A.b', 'a.b c'].map((type) =>
      reacting({ events: { emits: [type] } }, []),
    ),
    reacting(schedule({}), []),
    reacting({}, ['schedules.nightly']),
    ...['00 03 * *', '* * * * * *', '61 * * * *', '0 0 30 2 *', 'every night'].map((cron) =>
      reacting(schedule({ cron }), ['schedules.nightly']),
    ),
    reacting(schedule({ timezone: 'Mars/Olympus' }), ['schedules.nightly']),
    reacting(webhook, []),
    reacting({}, ['webhook.parse']),
  ],
  passes: [
    reacting({ ...read, events: { subscribes: ['chantiers.created'] } }, ['on.chantiers.created']),
    reacting(
      {
        permissions: { optional: [{ scope: 'invoices:*', reason: 'Hears of invoices' }] },
        events: { subscribes: ['INVOICE_ISSUED'] },
      },
      ['on.INVOICE_ISSUED'],
    ),
    reacting({ events: { subscribes: ['other.thing.done'], emits: ['acme.site-2.imported'] } }, [
      'on.other.thing.done',
    ]),
    reacting(schedule({ timezone: 'Europe/Paris', cron: '*/5 1-3 * * MON' }), ['schedules.nightly']),
    reacting(schedule({ cron: '0 0 29 2 *' }), ['schedules.nightly']),
    reacting(webhook, ['webhook.parse']),
  ],
}
