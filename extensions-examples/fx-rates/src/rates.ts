import { AnnexError, type Context } from '@annex/sdk'
import { fetchRates, type Rates } from './ecb.ts'

const KEY = 'rates'
const DAY_S = 24 * 3600

/** The rates at hand; fetched when there are none, or none that are young enough. */
export async function currentRates(ctx: Context): Promise<Rates> {
  const kept = await ctx.kv.get(KEY)
  return kept ? (kept.value as unknown as Rates) : refreshRates(ctx)
}

/** Fetches the rates and keeps them, unless newer ones came in meanwhile. Gives those that are kept. */
export async function refreshRates(ctx: Context): Promise<Rates> {
  const kept = await ctx.kv.get(KEY)
  const fetched = await fetchRates(ctx)
  // On a holiday the bank repeats the day before: the same rates, good for longer.
  if (kept && (kept.value as unknown as Rates).date > fetched.date) return kept.value as unknown as Rates
  const ttl = Number(ctx.config.keepDays ?? 7) * DAY_S
  try {
    await ctx.kv.set(KEY, { ...fetched }, { ifRev: kept?.rev ?? 0, ttl })
    return fetched
  } catch (error) {
    // Two runs at a time: the other one was first, and has fetched just as we have.
    if (error instanceof AnnexError && error.code === 'CONFLICT') return currentRates(ctx)
    throw error
  }
}
