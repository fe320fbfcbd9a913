/** What the order of a search goes by beside the text. All of it stands in the store, so every node finds the same. */
export interface Standing {
  ratings: number
  /** Of all ratings, 1 to 5 stars each. */
  stars: number
  /** Organizations that had it installed in the last 30 days. How often they fetched it counts for nothing. */
  organizations: number
  /** Days since 1970: when the shown version was published, and when the figures were drawn up. */
  publishedDay: number
  day: number
  verified: boolean
  deprecated: boolean
}

export const MOST_SCORE = 1000

/** As many ratings of this height are taken as given, so that the first one does not decide. */
const PRIOR = { ratings: 5, stars: 3.5 }
const FULL_ORGANIZATIONS = 10_000
const HALF_AGE_DAYS = 180

/** 0 to `MOST_SCORE`, whole. Installations are three tenths of it and grow by their logarithm: they alone buy no place. */
export function scoreOf(standing: Standing): number {
  const { ratings, stars, organizations, publishedDay, day, verified, deprecated } = standing
  const mean = (PRIOR.ratings * PRIOR.stars + stars) / (PRIOR.ratings + ratings)
  const liked = (mean - 1) / 4
  const used = Math.min(1, Math.log2(1 + organizations) / Math.log2(1 + FULL_ORGANIZATIONS))
  const recent = 1 / (1 + Math.max(0, day - publishedDay) / HALF_AGE_DAYS)
  const halved = (verified ? 1 : 0.5) * (deprecated ? 0.5 : 1)
  return Math.round(MOST_SCORE * (0.5 * liked + 0.3 * used + 0.2 * recent) * halved)
}

/** Days since 1970 of an ISO 8601 instant. */
export function dayOf(instant: string): number {
  return Math.floor(Date.parse(instant) / 86_400_000)
}
