/** A value that looks random, under a name that says that it is secret. */
export interface NamedSecret {
  name: string
  value: string
  /** The byte at which it stands. */
  at: number
}

/** Parts of names, without the letter that may be a capital; found by the fast search of the buffer. */
const ANCHORS = [
  ...['ecret', 'ECRET', 'oken', 'OKEN', 'assword', 'ASSWORD', 'asswd', 'ASSWD', 'uthorization', 'UTHORIZATION'],
  ...[
    'piKey',
    'pi_key',
    'PI_KEY',
    'pikey',
    'pi-key',
    'pi-Key',
    'PIKEY',
    'ccessKey',
    'ccess_key',
    'CCESS_KEY',
    'ccess-key',
  ],
  ...['ignatureKey', 'rivateKey', 'RIVATE_KEY', 'rivate_key', 'uthKey', 'uth_key', 'UTH_KEY', 'ncryptionKey'],
]
/** More places than this in one file are no secrets any more, but cost time. */
const MAX_TRIALS = 5_000
const BEFORE = 40

/** The rest of the name, the sign between, and a quoted value; also the two fields of a header in a recording. */
const ASSIGNED =
  /[\w-]{0,30}["'`]?\]?\s{0,8}(?:[:=]|=>|,)\s{0,8}(?:"value"\s{0,4}:\s{0,4})?["'`](?:(?:Bearer|Basic|Token)\s{1,2})?([\w+/.~=-]{20,200})["'`]/y

export function* findNamedSecrets(bytes: Uint8Array): Iterable<NamedSecret> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  for (const anchor of ANCHORS) {
    let trials = MAX_TRIALS
    for (let at = buffer.indexOf(anchor); at >= 0 && trials > 0; trials--) {
      const found = secretAt(buffer, at, anchor)
      if (found) yield { ...found, at }
      at = buffer.indexOf(anchor, at + anchor.length)
    }
  }
}

function secretAt(buffer: Buffer, at: number, anchor: string): { name: string; value: string } | undefined {
  ASSIGNED.lastIndex = 0
  const after = buffer.toString('latin1', at + anchor.length, at + anchor.length + 320)
  const value = ASSIGNED.exec(after)?.[1]
  if (value === undefined || !looksRandom(value)) return undefined
  const start = /[\w-]*$/.exec(buffer.toString('latin1', Math.max(0, at - BEFORE), at))?.[0] ?? ''
  const name = `${start}${anchor}${/^[\w-]*/.exec(after)?.[0] ?? ''}`
  return NOT_SECRET.test(name) ? undefined : { name, value }
}

/** Names of things that are told to everybody, and places where a token is only spoken of. */
const NOT_SECRET =
  /public|publishable|csrf|hash|digest|sha\d|checksum|integrity|url|uri|path|endpoint|header|name|type|next|page|cursor|label/i
const MADE_UP = /example|sample|placeholder|dummy|redacted|changeme|your[-_]?|xxxx|0000|1234567|abcdef|test[-_]/i

/**
 * Letters and digits that no word explains. Bits for each character, measured on random texts of 20: 3.3 and more for
 * hexadecimal digits, 3.8 and more for letters of both cases with digits.
 */
function looksRandom(value: string): boolean {
  if (MADE_UP.test(value) || /[a-z]{8}|[A-Z]{10}/.test(value)) return false
  const digits = value.match(/\d/g)?.length ?? 0
  const letters = value.match(/[A-Za-z]/g)?.length ?? 0
  if (digits < 3 || letters < 5) return false
  // `settings.token2.label`, `2026-01-02-report`: words with something between them.
  if (value.split(/[._~-]/).every((part) => /^([A-Za-z]*|\d*)$/.test(part))) return false
  return entropy(value) >= (/^[0-9a-f-]+$/i.test(value) ? 3 : 3.6)
}

function entropy(text: string): number {
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length)
  return bits
}
