import type { CredentialInjection, TextInjection } from '../installation-source.ts'
import { type Denial, denial } from './denial.ts'
import { matchesHost } from './host-pattern.ts'
import { type HeaderPair, isHeaderValue } from './request-headers.ts'

/** An injection of the manifest and the clear values that it needs. */
export interface BoundInjection {
  injection: CredentialInjection
  values: Readonly<Record<string, string>>
}

export interface Injected {
  /** The URL as it is sent; `url` itself stays clean, for the guest and the audit trail. */
  url: URL
  headers: HeaderPair[]
}

/**
 * Adds the credentials that are bound to the host of `url`, and no others: called anew for each hop of a redirect, it
 * carries nothing over. A header or parameter of the same name that the guest set is replaced.
 */
export function injectCredentials(
  url: URL,
  headers: readonly HeaderPair[],
  injections: readonly BoundInjection[],
): Injected | { denial: Denial } {
  const injected: Injected = { url: new URL(url), headers: [...headers] }
  for (const { injection, values } of injections) {
    if (injection.in === 'mtls' || !matchesHost(injection.host, url.hostname)) continue
    const text = renderTemplate(injection.template, values)
    if (typeof text !== 'string') return text
    const problem = place(injected, injection, text)
    if (problem) return { denial: problem }
  }
  return injected
}

const PLACEHOLDER = /\{\{\s*([A-Za-z0-9_.-]+)\s*\}\}/g

/** The names that a template asks for. */
export function placeholdersOf(template: string): string[] {
  return [...template.matchAll(PLACEHOLDER)].map((match) => match[1] ?? '')
}

/** The text of a template, or which of its credentials is missing or would break the message. */
export function renderTemplate(template: string, values: BoundInjection['values']): string | { denial: Denial } {
  for (const name of placeholdersOf(template)) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (value === undefined) return { denial: refused(`the credential ${name} is not configured`) }
    if (/[\r\n\0]/.test(value)) return { denial: refused(`the credential ${name} has a line break or a NUL in it`) }
  }
  return template.replace(PLACEHOLDER, (_match, name: string) => values[name] ?? '')
}

function place(to: Injected, { in: where, name }: TextInjection, text: string): Denial | undefined {
  if (where === 'query') {
    if (name === undefined) return refused('the injection names no parameter')
    setParameter(to.url, name, text)
    return undefined
  }
  const header = where === 'header' ? name : 'authorization'
  if (header === undefined) return refused('the injection names no header')
  if (where === 'basic') return setHeader(to, header, `Basic ${Buffer.from(text).toString('base64')}`)
  return setHeader(to, header, where === 'bearer' ? `Bearer ${text}` : text)
}

function setHeader(to: Injected, name: string, value: string): Denial | undefined {
  if (!isHeaderValue(value)) return refused(`the credential for ${name} has a character that no header can have`)
  const lower = name.toLowerCase()
  to.headers = [...to.headers.filter(([present]) => present.toLowerCase() !== lower), [name, value]]
  return undefined
}

/** Appends without touching the rest of the query: `URLSearchParams` would encode the guest's own part anew. */
function setParameter(url: URL, name: string, value: string): void {
  if (url.searchParams.has(name)) {
    url.searchParams.set(name, value)
    return
  }
  const pair = `${encodeURIComponent(name)}=${encodeURIComponent(value)}`
  url.search = url.search === '' ? pair : `${url.search}&${pair}`
}

function refused(message: string): Denial {
  return denial('AUTHENTICATION_FAILED', 'credential', message)
}
