import { createHash, createHmac } from 'node:crypto'

/**
 * What stands for a value about a person: as long, letters for letters and digits for digits, the same for the same value
 * in one recording and another in the next. `key` is thrown away with the work, so nothing leads back. The time is that
 * of one reading: values are a stranger's, and may be long.
 */
export function standInFor(value: string, key: Uint8Array): string {
  const seed = createHmac('sha256', key).update(value).digest()
  const stream = createHash('shake256', { outputLength: Math.max(value.length, 1) })
    .update(seed)
    .digest()
  const units = new Uint16Array(value.length)
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i)
    const byte = stream[i] ?? 0
    if (isPair(value, i)) {
      const letter = isLetter(value.codePointAt(i) ?? 0)
      units[i] = letter ? LOWER_X : unit
      units[++i] = letter ? LOWER_X : value.charCodeAt(i)
    } else units[i] = unitFor(unit, byte)
  }
  return Buffer.from(units.buffer).toString('utf16le')
}

/** As many digits, and a fraction where there was one. */
export function numberStandInFor(value: number, key: Uint8Array): number {
  const text = standInFor(String(value).replace(/e.*$/, ''), key).replace(/(?<=^-?)0(?=\d)/, '1')
  return Number(text)
}

const LOWER_X = 0x78

function unitFor(unit: number, byte: number): number {
  if (unit >= 0x61 && unit <= 0x7a) return 0x61 + (byte % 26)
  if (unit >= 0x41 && unit <= 0x5a) return 0x41 + (byte % 26)
  if (unit >= 0x30 && unit <= 0x39) return 0x30 + (byte % 10)
  return unit >= 0x80 && isLetter(unit) ? 0x61 + (byte % 26) : unit
}

function isPair(value: string, at: number): boolean {
  return (value.charCodeAt(at) & 0xfc00) === 0xd800 && (value.charCodeAt(at + 1) & 0xfc00) === 0xdc00
}

function isLetter(codePoint: number): boolean {
  return /^\p{L}$/u.test(String.fromCodePoint(codePoint))
}
