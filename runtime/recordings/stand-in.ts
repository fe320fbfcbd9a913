import { createHmac } from 'node:crypto'

/**
 * What stands for a value about a person: as long, letters for letters and digits for digits, the same for the same value
 * in one recording and another in the next. `key` is thrown away with the work, so nothing leads back.
 */
export function standInFor(value: string, key: Uint8Array): string {
  const stream = createStream(value, key)
  return value.replace(/[a-z]|[A-Z]|[0-9]|\p{L}/gu, (character) => {
    if (/[a-z]/.test(character)) return letter(0x61, 26, stream())
    if (/[A-Z]/.test(character)) return letter(0x41, 26, stream())
    if (/[0-9]/.test(character)) return letter(0x30, 10, stream())
    return character.length === 1 ? letter(0x61, 26, stream()) : 'xx'
  })
}

/** As many digits, and a fraction where there was one. */
export function numberStandInFor(value: number, key: Uint8Array): number {
  const text = standInFor(String(value).replace(/e.*$/, ''), key).replace(/(?<=^-?)0(?=\d)/, '1')
  return Number(text)
}

function letter(first: number, count: number, byte: number): string {
  return String.fromCharCode(first + (byte % count))
}

function createStream(value: string, key: Uint8Array): () => number {
  let block = Buffer.alloc(0)
  let blocks = 0
  let at = 0
  return () => {
    if (at === block.length) {
      block = createHmac('sha256', key).update(`${blocks++} `).update(value).digest()
      at = 0
    }
    return block[at++] ?? 0
  }
}
