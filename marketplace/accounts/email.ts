const SHAPE = /^[^\s@\p{C}]+@[^\s@\p{C}]+\.[^\s@\p{C}]+$/u

/**
 * The one form under which an address is stored and compared: NFKC, lower case, no surrounding spaces. `undefined` when
 * it is no address (RFC 5321 allows 254 characters).
 */
export function normalizeEmail(text: string): string | undefined {
  const email = text.normalize('NFKC').trim().toLowerCase()
  return email.length <= 254 && SHAPE.test(email) ? email : undefined
}
