const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** RFC 4648 section 4, with padding. */
export function bytesToBase64(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const a = bytes[i] as number
    const b = bytes[i + 1]
    const c = bytes[i + 2]
    text += ALPHABET[a >> 2]
    text += ALPHABET[((a & 3) << 4) | ((b ?? 0) >> 4)]
    text += b === undefined ? '=' : ALPHABET[((b & 15) << 2) | ((c ?? 0) >> 6)]
    text += c === undefined ? '=' : ALPHABET[c & 63]
  }
  return text
}

/** The forgiving decode of the Infra standard; throws `InvalidCharacterError` on anything else. */
export function base64ToBytes(text: string): Uint8Array<ArrayBuffer> {
  let data = text.replace(/[\t\n\f\r ]/g, '')
  if (data.length % 4 === 0) data = data.replace(/==?$/, '')
  if (data.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(data)) throw invalidCharacter()
  const bytes = new Uint8Array(Math.floor((data.length * 3) / 4))
  let bits = 0
  let held = 0
  let at = 0
  for (let i = 0; i < data.length; i++) {
    held = ((held << 6) | ALPHABET.indexOf(data[i] as string)) & 0xffffff
    bits += 6
    if (bits < 8) continue
    bits -= 8
    bytes[at++] = (held >> bits) & 0xff
  }
  return bytes
}

export function btoa(value: unknown): string {
  const text = String(value)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 255) throw invalidCharacter()
    bytes[i] = code
  }
  return bytesToBase64(bytes)
}

export function atob(value: unknown): string {
  let text = ''
  for (const byte of base64ToBytes(String(value))) text += String.fromCharCode(byte)
  return text
}

function invalidCharacter(): Error {
  return Object.assign(new Error('The text is not valid base64'), { name: 'InvalidCharacterError' })
}
