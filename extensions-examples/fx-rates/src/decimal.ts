/** Digits after the point that a parsed number carries: more than any rate or amount has. */
const SCALE = 10

/** The number times 10^10, exact. */
export function parseDecimal(text: string): bigint {
  const [whole = '0', fraction = ''] = text.replace('-', '').split('.')
  const value = BigInt(whole + fraction.padEnd(SCALE, '0'))
  return text.startsWith('-') ? -value : value
}

/** `dividend` (with twice the scale) by `divisor`, in units of the last of `digits`; half is rounded away from zero. */
export function divided(dividend: bigint, divisor: bigint, digits: number): bigint {
  const scaled = divisor * 10n ** BigInt(SCALE - digits)
  const doubled = (dividend < 0n ? -dividend : dividend) * 2n
  const rounded = (doubled + scaled) / (2n * scaled)
  return dividend < 0n ? -rounded : rounded
}

/** `1250n` with two digits is `12.50`. */
export function showDecimal(value: bigint, digits: number): string {
  const text = String(value < 0n ? -value : value).padStart(digits + 1, '0')
  const whole = text.slice(0, text.length - digits)
  const fraction = digits === 0 ? '' : `.${text.slice(-digits)}`
  return `${value < 0n ? '-' : ''}${whole}${fraction}`
}
