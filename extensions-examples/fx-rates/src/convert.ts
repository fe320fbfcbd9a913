import { AnnexError, type ConnectorDefinition, type Context, type JsonObject } from '@annex/sdk'
import { divided, parseDecimal, showDecimal } from './decimal.ts'
import { currentRates } from './rates.ts'

const currency = { type: 'string', pattern: '^[A-Z]{3}$', description: 'ISO 4217' }

/** `{ amount: '12.50', from: 'USD', to: 'EUR' }` gives `{ amount, currency, date }`. */
export const convert: NonNullable<ConnectorDefinition['actions']>[string] = {
  params: {
    type: 'object',
    properties: {
      amount: { type: 'string', pattern: '^-?[0-9]{1,15}([.][0-9]{1,4})?$', description: 'A decimal number' },
      from: currency,
      to: currency,
    },
    required: ['amount', 'from', 'to'],
    additionalProperties: false,
  },
  async run(ctx: Context, { amount, from, to }: JsonObject) {
    const { date, rates } = await currentRates(ctx)
    const [source, target] = [rateOf(rates, String(from)), rateOf(rates, String(to))]
    const product = parseDecimal(String(amount)) * parseDecimal(target)
    const result = divided(product, parseDecimal(source), digitsOf(String(to)))
    return { amount: showDecimal(result, digitsOf(String(to))), currency: String(to), date }
  },
}

function rateOf(rates: Record<string, string>, currency: string): string {
  const rate = Object.hasOwn(rates, currency) ? rates[currency] : undefined
  if (rate === undefined) throw new AnnexError('NOT_FOUND', `The bank has no rate for ${currency}`)
  return rate
}

/** 2 of the euro, 0 of the yen. */
function digitsOf(currency: string): number {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
}
