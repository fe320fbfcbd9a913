import { AnnexError, type Context } from '@annex/sdk'

const DAILY = 'https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml'

/** How much of each currency one euro buys; decimal texts, never binary floats. */
export interface Rates {
  /** The day that the rates are of. */
  date: string
  rates: Record<string, string>
}

/** Asks the bank for the rates of the last working day. */
export async function fetchRates(ctx: Context): Promise<Rates> {
  const answer = await ctx.fetch(DAILY)
  if (!answer.ok) throw new AnnexError('CONNECTION_FAILED', `The bank answered ${answer.status}`)
  return readRates(await answer.text())
}

/** The bank's file is one line of `<Cube currency='USD' rate='1.0842'/>` for each currency, under one with the day. */
export function readRates(xml: string): Rates {
  const date = /<Cube\s+time=['"](\d{4}-\d{2}-\d{2})['"]/.exec(xml)?.[1]
  const lines = xml.matchAll(/<Cube\s+currency=['"]([A-Z]{3})['"]\s+rate=['"](\d{1,9}(?:\.\d{1,8})?)['"]/g)
  const rates = Object.fromEntries(Array.from(lines, ([, currency = '', rate = '']) => [currency, rate]))
  if (date === undefined || Object.keys(rates).length === 0)
    throw new AnnexError('UNAVAILABLE', 'What the bank sent has no rates in it')
  return { date, rates: { EUR: '1', ...rates } }
}
