import { type CostructorSite, SITE_FAULTS, type SiteFault } from './site.ts'

export interface SiteSet {
  /** Sorted by `updatedAt`, then `id`: the order in which the API pages. */
  sites: CostructorSite[]
  /** Every faulty row, each once. */
  broken: { id: string; fault: SiteFault }[]
  /** Ids of sound rows that are somebody's trials ("TEST …"). */
  trials: string[]
}

/** How many sites share one `updatedAt`: a page that ends inside such a group is where careless cursors lose rows. */
const SAME_INSTANT = 7
const TRIAL_EVERY = 50
const FIRST_CHANGE = Date.parse('2026-01-05T06:00:00.000Z')

const STATUS_WORDS = ['en cours', 'EN COURS', 'planifié', 'à venir', 'suspendu', 'En pause', 'terminé', 'clos']
const KINDS = ['résidence', 'école', 'gymnase', 'immeuble', 'parking', 'médiathèque', 'maison de santé', 'halle']
const NAMES = ['les tilleuls', 'jean moulin', 'du moulin', 'saint-exupéry', 'des lilas', 'bellevue', 'victor hugo']
const CLIENTS = ['Ville de Nantes', 'SCI Horizon', 'Habitat 44', 'Région Bretagne', 'Groupe Aubier']
const PLACES = [
  ['44 000', 'NANTES'],
  ['35000', 'rennes'],
  ['1000', 'bourg-en-bresse'],
  ['F-69003', 'LYON'],
  ['13 001', 'Marseille'],
  ['06200', 'nice'],
] as const

/** The same sites for the same arguments, always. Every `brokenEvery`-th is faulty, the faults in turn; 0: none is. */
export function makeSites(count: number, brokenEvery: number): SiteSet {
  const set: SiteSet = { sites: [], broken: [], trials: [] }
  for (let number = 1; number <= count; number++) {
    const site = soundSite(number)
    if (brokenEvery > 0 && number % brokenEvery === 0) {
      const fault = pick(SITE_FAULTS, number / brokenEvery - 1)
      set.broken.push({ id: site.id, fault })
      set.sites.push(withFault(site, fault))
    } else if (number % TRIAL_EVERY === 1 && number > 1) {
      set.trials.push(site.id)
      set.sites.push({ ...site, name: `TEST ${site.name}` })
    } else set.sites.push(site)
  }
  return set
}

function soundSite(number: number): CostructorSite {
  const [postalCode, city] = pick(PLACES, number * 5)
  const digits = String(number).padStart(5, '0')
  return {
    id: `S-${digits}`,
    reference: `CH-2026-${digits}`,
    name: `  ${pick(KINDS, number)} ${pick(NAMES, number * 3)} ${number} `,
    status: pick(STATUS_WORDS, number),
    client: pick(CLIENTS, number * 2),
    street: `${(number % 180) + 1} rue ${pick(NAMES, number)}`,
    postalCode,
    city,
    startDate: day(number % 90),
    endDate: day(200 + (number % 300)),
    budget: `${10_000 + ((number * 7919) % 990_000)}.${String(number % 100).padStart(2, '0')}`,
    updatedAt: new Date(FIRST_CHANGE + Math.floor(number / SAME_INSTANT) * 60_000).toISOString(),
  }
}

function withFault(site: CostructorSite, fault: SiteFault): CostructorSite {
  if (fault === 'STATUS_UNKNOWN') return { ...site, status: '???' }
  if (fault === 'DATE_IMPOSSIBLE') return { ...site, startDate: '2026-02-30' }
  if (fault === 'BUDGET_NEGATIVE') return { ...site, budget: `-${site.budget}` }
  const { name: _, ...nameless } = site
  return nameless
}

function day(offset: number): string {
  return new Date(Date.UTC(2026, 0, 1 + offset)).toISOString().slice(0, 10)
}

function pick<T>(list: readonly T[], index: number): T {
  const value = list[index % list.length]
  if (value === undefined) throw new RangeError('an empty list has nothing to pick')
  return value
}
