import { isUtf8 } from 'node:buffer'
import { randomBytes } from 'node:crypto'
import type { Json } from '@annex/sdk/json'
import { RESOURCES } from '@annex/sdk/resources'
import { createRedactor } from '../egress/redact.ts'
import type { CredentialInjection } from '../installation-source.ts'
import { jsonExcess } from '../sandbox/json-shape.ts'
import { CAGE_LIMITS } from '../sandbox/limits.ts'
import { createTextFinder } from './find-texts.ts'
import { mapPayloads } from './map-payloads.ts'
import type { Recording } from './recording.ts'
import { numberStandInFor, standInFor } from './stand-in.ts'

export interface Hiding {
  injections: readonly CredentialInjection[]
  /** Clear; they never enter a guest, so this is the second wall. */
  credentials: Readonly<Record<string, string>>
  /** Names of fields about a person, beside those that the platform's resources declare. */
  personalFields: readonly string[]
}

/** What is hidden holds the service meanwhile: a recording with more values, or more characters in them, is not kept. */
const MOST_VALUES = 3_000
const MOST_CHARS = 512 * 1024
/** Characters of what is looked for in other texts. */
const MOST_SOUGHT_CHARS = 64 * 1024
/** Longer ones are looked for in other texts while there is room, and hidden in their fields in any case. */
const MOST_WITHIN = 256
/** Shorter ones occur by chance: they are hidden in their fields and where they are the whole text, nowhere else. */
const LEAST_WITHIN = 4
/** A credential that goes into no request is told from ordinary words by its length. */
const LEAST_SECRET = 8
const DECLARED = new Set(RESOURCES.flatMap(({ personalFields }) => personalFields))
const ANYWHERE: CredentialInjection = { host: '', in: 'bearer', template: '{{secret}}' }

/**
 * The recording as it may be kept. Values of fields about a person have stand-ins, in those fields and wherever else in
 * the recording the value shows: in texts, in URLs, in JSON within texts, in bytes, in what the run said. Credentials are
 * masked.
 * `undefined` when there is too much to hide.
 */
export function hideValues(recording: Recording, hiding: Hiding): Recording | undefined {
  const fields = new Set([...DECLARED, ...hiding.personalFields])
  const personal = new Set<string>()
  mapPayloads(recording, (value) => {
    collect(value, fields, false, personal)
    return value
  })
  if (personal.size > MOST_VALUES || charsOf(personal) > MOST_CHARS) return undefined
  const standIns = standInsFor(personal, randomBytes(32))
  const forms = formsOf(standIns)
  if (!forms) return undefined
  const secret = secretMask(hiding)
  const hide = createHider({ standIns, forms, fields, mask: secret.text })
  const hidden = mapPayloads(recording, (value) => hide(value))
  const secrets = secret.count()
  const settled = personal.size === 0 && secrets === 0
  return { ...hidden, hidden: { personal: personal.size, secrets, settled } }
}

function collect(value: Json | undefined, fields: ReadonlySet<string>, within: boolean, into: Set<string>): void {
  if (typeof value === 'string') {
    if (within && value !== '') into.add(value)
    else if (!within) collect(jsonWithin(value), fields, false, into)
  } else if (typeof value === 'number') {
    if (within) into.add(String(value))
  } else if (Array.isArray(value)) for (const one of value) collect(one, fields, within, into)
  else if (value !== null && typeof value === 'object')
    for (const [key, inner] of Object.entries(value)) {
      const bytes = bytesWithin(value, inner)
      collect(bytes?.text ?? inner, fields, within || fields.has(key), into)
    }
}

interface Bytes {
  text: string
  /** How the text is written as bytes. */
  as: 'utf8' | 'latin1'
}

/** The content of a field whose object says that it is base64, as the fetch, the files and the signatures write it. */
function bytesWithin(of: Readonly<Record<string, Json | undefined>>, value: Json | undefined): Bytes | undefined {
  if (of.encoding !== 'base64' || typeof value !== 'string') return undefined
  const bytes = Buffer.from(value, 'base64')
  // What is not written in the one way that base64 is written here is other text.
  if (bytes.toString('base64') !== value) return undefined
  const as = isUtf8(bytes) ? 'utf8' : 'latin1'
  return { text: bytes.toString(as), as }
}

function charsOf(values: Iterable<string>): number {
  let sum = 0
  for (const { length } of values) sum += length
  return sum
}

/** A body is text to the platform, and mostly JSON. */
function jsonWithin(text: string): Json | undefined {
  // What is nested without end would hold whoever walks it.
  if (!/^\s*[[{]/.test(text) || jsonExcess(text, CAGE_LIMITS)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

type Hide = (value: Json, within?: boolean) => Json

interface HiderParts {
  standIns: StandIns
  forms: ReadonlyMap<string, string>
  fields: ReadonlySet<string>
  mask(text: string): string
}

function createHider({ standIns, forms, fields, mask }: HiderParts): Hide {
  const { values, standIn, numberStandIn } = standIns
  const find = forms.size > 0 ? createTextFinder(forms.keys()) : undefined
  const replaced = (text: string): string => {
    if (values.has(text)) return standIn(text)
    let done = ''
    let from = 0
    for (const { at, text: found } of find?.(text) ?? []) {
      done += text.slice(from, at) + (forms.get(found) ?? '')
      from = at + found.length
    }
    return done + text.slice(from)
  }
  const inText = (text: string): string => {
    const inner = values.size > 0 ? jsonWithin(text) : undefined
    // Fields within can be hidden one by one where writing it down again changes nothing else.
    return inner !== undefined && JSON.stringify(inner) === text ? JSON.stringify(hide(inner)) : replaced(text)
  }
  const hide: Hide = (value, within = false) => {
    if (typeof value === 'string') return mask(within && value !== '' ? standIn(value) : inText(value))
    if (typeof value === 'number') return within ? numberStandIn(value) : value
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map((one) => hide(one, within))
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [
        mask(replaced(name)),
        hideMember(value, inner, within || fields.has(name)),
      ]),
    )
  }
  const hideMember = (
    of: Readonly<Record<string, Json | undefined>>,
    inner: Json | undefined,
    within: boolean,
  ): Json => {
    const bytes = bytesWithin(of, inner)
    if (!bytes) return hide(inner ?? null, within)
    return Buffer.from(String(hide(bytes.text, within)), bytes.as).toString('base64')
  }
  return hide
}

interface StandIns {
  values: ReadonlySet<string>
  standIn(value: string): string
  numberStandIn(value: number): number
}

/** Each is made once, however often the value is there. */
function standInsFor(values: ReadonlySet<string>, key: Uint8Array): StandIns {
  const made = new Map<string, string>()
  const numbers = new Map<number, number>()
  return {
    values,
    standIn(value) {
      const other = made.get(value) ?? standInFor(value, key)
      made.set(value, other)
      return other
    },
    numberStandIn(value) {
      const other = numbers.get(value) ?? numberStandInFor(value, key)
      numbers.set(value, other)
      return other
    },
  }
}

/**
 * Each value as it shows in plain text, in JSON, in URLs and in bytes, and what stands for it there. `undefined` when
 * that is more than can be looked for; of long values those are left out for which there is no room.
 */
function formsOf({ values, standIn }: StandIns): Map<string, string> | undefined {
  const forms = new Map<string, string>()
  let room = MOST_SOUGHT_CHARS
  for (const value of [...values].sort((a, b) => a.length - b.length)) {
    if (value.length < LEAST_WITHIN) continue
    if (value.length > MOST_WITHIN && value.length > room) break
    const written = new Map(WAYS.map((write) => [write(value), write(standIn(value))]))
    const chars = charsOf(written.keys())
    if (chars > room && value.length <= MOST_WITHIN) return undefined
    if (chars > room) break
    room -= chars
    for (const [form, other] of written) forms.set(form, other)
  }
  return forms
}

const WAYS: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => JSON.stringify(text).slice(1, -1),
  (text) => encodeURIComponent(text.toWellFormed()),
  (text) => new URLSearchParams([['', text]]).toString().slice(1),
  (text) => Buffer.from(text, 'utf8').toString('latin1'),
]

function secretMask({ injections, credentials }: Hiding): { text(text: string): string; count(): number } {
  const secrets = Object.values(credentials).filter((value) => value.length >= LEAST_SECRET)
  const { text } = createRedactor([
    ...injections.map((injection) => ({ injection, values: credentials })),
    ...secrets.map((secret) => ({ injection: ANYWHERE, values: { secret } })),
  ])
  let masked = 0
  return {
    count: () => masked,
    text(clear) {
      const shown = text(clear)
      if (shown !== clear) masked++
      return shown
    },
  }
}
