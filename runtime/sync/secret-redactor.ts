import type { Json } from '@annex/sdk/json'
import { placeholdersOf } from '../egress/inject-credentials.ts'
import { createRedactor } from '../egress/redact.ts'
import type { CredentialInjection } from '../installation-source.ts'

/** Takes an integration's credentials out of what is kept of its runs, whoever put them there. */
export interface SecretRedactor {
  text(text: string): string
  json(value: Json): Json
}

/** A credential that goes into no request is told from ordinary words by its length. */
const MIN_UNBOUND_LENGTH = 8

export function createSecretRedactor(
  injections: readonly CredentialInjection[],
  credentials: Readonly<Record<string, string>>,
): SecretRedactor {
  const bound = new Set(injections.flatMap((one) => ('template' in one ? placeholdersOf(one.template) : [])))
  const unbound = Object.entries(credentials).filter(
    ([name, secret]) => !bound.has(name) && secret.length >= MIN_UNBOUND_LENGTH,
  )
  const { text } = createRedactor([
    ...injections.map((injection) => ({ injection, values: credentials })),
    ...unbound.map(([, secret]) => ({ injection: ANYWHERE, values: { secret } })),
  ])
  return { text, json: (value) => (isClean(text, value) ? value : redacted(text, value)) }
}

const ANYWHERE: CredentialInjection = { host: '', in: 'bearer', template: '{{secret}}' }

/** The text of the whole value shows a secret in any of its parts: most values have none, and are left alone. */
function isClean(text: (text: string) => string, value: Json): boolean {
  const whole = JSON.stringify(value)
  return text(whole) === whole
}

/** Part by part, so that it stays JSON. */
function redacted(text: (text: string) => string, value: Json): Json {
  if (typeof value === 'string') return text(value)
  if (typeof value === 'number') return text(String(value)) === String(value) ? value : text(String(value))
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((one) => redacted(text, one))
  const entries = Object.entries(value).map(([key, inner]): [string, Json] => [
    text(key),
    redacted(text, inner ?? null),
  ])
  return Object.fromEntries(entries)
}
