import type { Json } from '@annex/sdk/json'

type Decimal = { ok: true; value: string } | { ok: false; message: string }

/**
 * Sign, digits in groups of three or none (`1 234`, `1234`), and a fraction after a point or a comma. At most some thirty
 * digits before it: rounding takes longer than linear time, and a stranger wrote the number.
 */
const WRITTEN = /^([+-]?)(\d{1,3}(?:[ \u00a0\u202f']\d{3}){1,9}|\d{1,30})(?:[.,](\d{1,30}))?$/

/**
 * A plain decimal such as `-1234.50`, from text or from a JSON number (as its shortest digits). With `scale`, exactly
 * that many digits after the point, rounded half away from zero, as invoices are. `1,234.5` is refused: which of the
 * two is the decimal sign is a guess.
 */
export function toDecimal(value: Json, scale?: number): Decimal {
  const text = typeof value === 'number' ? String(value) : value
  const written = typeof text === 'string' ? WRITTEN.exec(text.trim()) : null
  if (!written) return { ok: false, message: 'is not a decimal number' }
  const digits = (written[2] ?? '').replace(/\D/g, '')
  const fraction = written[3] ?? ''
  const plain = scale === undefined ? normal(digits, fraction) : rounded(digits, fraction, scale)
  const negative = written[1] === '-' && /[1-9]/.test(plain)
  return { ok: true, value: negative ? `-${plain}` : plain }
}

function normal(digits: string, fraction: string): string {
  const whole = digits.replace(/^0+(?=\d)/, '')
  return fraction === '' ? whole : `${whole}.${fraction}`
}

function rounded(digits: string, fraction: string, scale: number): string {
  const kept = BigInt(digits + fraction.slice(0, scale).padEnd(scale, '0'))
  const up = (fraction[scale] ?? '0') >= '5' ? 1n : 0n
  const text = (kept + up).toString().padStart(scale + 1, '0')
  return scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`
}
