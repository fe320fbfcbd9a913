/** Currencies that Stripe counts whole; all others it counts in hundredths, but for those with thousandths. */
const WHOLE = new Set('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF'.split(' '))
const THOUSANDTHS = new Set('BHD JOD KWD OMR TND'.split(' '))

/** `1250` of EUR is `12.50`, of JPY `1250`. */
export function decimalAmount(amount: number, currency: string): string {
  if (WHOLE.has(currency)) return String(amount)
  const digits = THOUSANDTHS.has(currency) ? 3 : 2
  const text = String(amount).padStart(digits + 1, '0')
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`
}
