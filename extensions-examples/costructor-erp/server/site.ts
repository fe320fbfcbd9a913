/** A site as Costructor's API tells it. A faulty row may lack a field or carry a wrong one: hence the wide types. */
export interface CostructorSite {
  id: string
  reference: string
  name?: string
  status: string
  client: string
  street: string
  postalCode: string
  city: string
  startDate: string
  endDate: string
  budget: string
  /** ISO 8601. Several sites may share one instant, as after a bulk change. */
  updatedAt: string
}

/** What is wrong with a faulty row of the data set. */
export type SiteFault = 'NAME_MISSING' | 'STATUS_UNKNOWN' | 'DATE_IMPOSSIBLE' | 'BUDGET_NEGATIVE'

export const SITE_FAULTS: readonly SiteFault[] = [
  'NAME_MISSING',
  'STATUS_UNKNOWN',
  'DATE_IMPOSSIBLE',
  'BUDGET_NEGATIVE',
]
