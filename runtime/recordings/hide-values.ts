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

/** More values than this are not looked for: such a recording is not kept. */
const MOST_VALUES = 20_000
/** Shorter ones occur by chance: they are hidden in their fields and where they are the whole text, nowhere else. */
const LEAST_WITHIN = 4
/** A credential that goes into no request is told from ordinary words by its length. */
const LEAST_SECRET = 8
const DECLARED = new Set(RESOURCES.flatMap(({ personalFields }) => personalFields))
const ANYWHERE: CredentialInjection = { host: '', in: 'bearer', template: '{{secret}}' }

/**
 * The recording as it may be kept. Values of fields about a person have stand-ins, in those fields and wherever else in
 * the recording the value shows: in texts, in URLs, in JSON within texts, in what the run said. Credentials are masked.
 * `undefined` when there is too much to hide.
 */
export function hideValues(recording: Recording, hiding: Hiding): Recording | undefined {
  const fields = new Set([...DECLARED, ...hiding.personalFields])
  const personal = new Set<string>()
  mapPayloads(recording, (value) => {
    collect(value, fields, false, personal)
    return value
  })
  if (personal.size > MOST_VALUES) return undefined
  const secret = secretMask(hiding)
  const hide = createHider(personal, fields, randomBytes(32), secret.text)
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
    for (const [key, inner] of Object.entries(value)) collect(inner, fields, within || fields.has(key), into)
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

function createHider(
  personal: ReadonlySet<string>,
  fields: ReadonlySet<string>,
  key: Uint8Array,
  mask: (text: string) => string,
): Hide {
  const forms = personal.size > 0 ? formsOf(personal, key) : undefined
  const find = forms && createTextFinder(forms.keys())
  const replaced = (text: string): string => {
    if (personal.has(text)) return standInFor(text, key)
    let done = ''
    let from = 0
    for (const { at, text: found } of find?.(text) ?? []) {
      done += text.slice(from, at) + (forms?.get(found) ?? '')
      from = at + found.length
    }
    return done + text.slice(from)
  }
  const inText = (text: string): string => {
    const inner = forms && jsonWithin(text)
    // Fields within can be hidden one by one where writing it down again changes nothing else.
    return inner !== undefined && JSON.stringify(inner) === text ? JSON.stringify(hide(inner)) : replaced(text)
  }
  const hide: Hide = (value, within = false) => {
    if (typeof value === 'string') return mask(within && value !== '' ? standInFor(value, key) : inText(value))
    if (typeof value === 'number') return within ? numberStandInFor(value, key) : value
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map((one) => hide(one, within))
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [
        mask(replaced(name)),
        hide(inner ?? null, within || fields.has(name)),
      ]),
    )
  }
  return hide
}

/** Each value as it shows in plain text, in JSON and in URLs, and what stands for it there. */
function formsOf(personal: ReadonlySet<string>, key: Uint8Array): Map<string, string> {
  const forms = new Map<string, string>()
  for (const value of personal) {
    if (value.length < LEAST_WITHIN) continue
    for (const write of WAYS) forms.set(write(value), write(standInFor(value, key)))
  }
  return forms
}

const WAYS: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => JSON.stringify(text).slice(1, -1),
  (text) => encodeURIComponent(text.toWellFormed()),
  (text) => new URLSearchParams([['', text]]).toString().slice(1),
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
