import type { Context, PlatformEvent } from '@annex/sdk'
import { post } from './chat.ts'

/** Longer than an event is tried again for. */
const REMEMBERED_S = 7 * 24 * 3600

/**
 * Tells of one issued invoice. An event may come twice, so what is told is remembered by the event's id. It is noted after
 * the post: a failure between the two can repeat a message, never lose one.
 */
export async function announce(ctx: Context, { id, data }: PlatformEvent): Promise<void> {
  const key = `told/${id}`
  if (await ctx.kv.get(key)) return
  await post(ctx, { id, text: textOf(data, ctx.config.language === 'fr' ? 'fr' : 'en') })
  await ctx.kv.set(key, true, { ttl: REMEMBERED_S })
}

function textOf({ number, amount, currency }: PlatformEvent['data'], language: 'en' | 'fr'): string {
  if (amount === undefined || currency === undefined) return TEXTS[language](String(number))
  const format = new Intl.NumberFormat(language, { style: 'currency', currency: String(currency) })
  return TEXTS[language](String(number), format.format(Number(amount)))
}

const TEXTS = {
  en: (number: string, amount?: string) => `Invoice ${number} was issued${amount ? `: ${amount}` : ''}.`,
  fr: (number: string, amount?: string) => `La facture ${number} est émise${amount ? ` : ${amount}` : ''}.`,
}
