import { CATEGORIES, INTEGRATION_TYPES } from '@annex/sdk/manifest'

/** Draws the same things for the same seed (mulberry32). */
export function createDraw(seed: number): { below(most: number): number; of<T>(values: readonly T[]): T } {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (most: number) => Math.floor(next() * most)
  return { below, of: (values) => values[below(values.length)] as (typeof values)[number] }
}

const THINGS =
  'invoice ledger accounting payroll timesheet site asset document ticket planning customer supplier order stock delivery payment bank statement tax budget contract employee absence expense machine rental warranty project task quote price catalog product warehouse shipment vehicle route meter sensor report dashboard alert message calendar meeting contact lead campaign signature archive photo scan form survey permit inspection incident'.split(
    ' ',
  )
const ACTS =
  'import export sync bridge connector mapper cleaner watcher notifier archiver converter splitter merger checker scheduler enricher matcher router collector publisher'.split(
    ' ',
  )
const SYSTEMS =
  'sage odoo quickbooks xero cegid dynamics netsuite salesforce hubspot zoho pipedrive stripe qonto revolut swift ebics datev lexware exact visma silae payfit personio workday bamboo jira slack teams drive dropbox sharepoint shopify woo magento prestashop procore autodesk planradar finalcad'.split(
    ' ',
  )
const FILLER =
  'daily records from your system into platform with every change kept without double entries fields mapped to yours errors shown and tried again nothing is lost when it stops choose which ones are taken by their state or date works for several companies settings are checked before start needs no server of own reads only what was granted'.split(
    ' ',
  )
const PRICING = ['FREE', 'FREE', 'FREE', 'FREEMIUM', 'SUBSCRIPTION', 'ONE_TIME'] as const
const SYLLABLES =
  'ba be bi bo ca ce co da de di do fa fe fi ga go ka ke la le li lo ma me mi mo na ne ni no pa pe ra re ri ro sa se si so ta te ti to va ve vi vo za zo'.split(
    ' ',
  )

/** An extension that nobody wrote, told in words of the trade. */
export interface MadeUp {
  publisher: string
  name: string
  displayName: string
  description: string
  keywords: string[]
  category: string
  kind: 'connector' | 'transformation'
  integrationType?: string
  pricing: string
  /** Markdown. */
  readme: string
  publishedDay: number
  organizations: number
}

/** The same at every call: number `index` of an endless catalog, ten to a publisher. */
export function madeUp(index: number): MadeUp {
  const draw = createDraw(index + 1)
  const [thing, act, system] = [draw.of(THINGS), draw.of(ACTS), draw.of(SYSTEMS)]
  const brand = [draw.of(SYLLABLES), draw.of(SYLLABLES), draw.of(SYLLABLES)].join('')
  const kind = draw.below(4) === 0 ? 'transformation' : 'connector'
  const sentence = () =>
    `${capital(Array.from({ length: 12 }, () => draw.of(draw.below(5) ? FILLER : THINGS)).join(' '))}.`
  const paragraphs = Array.from({ length: 12 }, () => Array.from({ length: 3 }, sentence).join(' '))
  return {
    publisher: `publisher-${Math.floor(index / 10)}`,
    name: `${brand}-${thing}-${act}-${index}`,
    displayName: `${capital(brand)} ${thing} ${act} for ${capital(system)}`,
    description: `${capital(act)} of ${thing}s and ${draw.of(THINGS)}s between ${capital(system)} and the platform`,
    keywords: [thing, system, draw.of(THINGS)],
    category: draw.of(CATEGORIES),
    kind,
    ...(kind === 'connector' ? { integrationType: draw.of(INTEGRATION_TYPES) } : {}),
    pricing: draw.of(PRICING),
    readme: `# ${capital(brand)}\n\n${paragraphs.join('\n\n')}\n`,
    publishedDay: 20_000 + draw.below(700),
    organizations: 4 ** draw.below(6) - 1,
  }
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
