import type { Language } from '../catalog/permission-sheet.ts'
import { sheetIn } from '../catalog/permission-words.ts'
import type { Outcome } from '../errors.ts'
import type { ReleaseFacts } from '../publishing/drafts-collection.ts'
import type { ConsentSheet } from './consent.ts'
import type { InstallationsDeps } from './installation-deps.ts'

type Refusal = Extract<Outcome<never>, { ok: false }>

/** A consent that is asked for, in the words of a language, with the author's reasons where there are any in it. */
export async function askedIn(
  { reports }: Pick<InstallationsDeps, 'reports'>,
  version: ReleaseFacts,
  refusal: Refusal,
  language: Language = 'en',
): Promise<Refusal> {
  if (language === 'en' || refusal.error.code !== 'CONSENT_REQUIRED') return refusal
  const { manifest } = (await reports.passed(version.reportId)).package
  const words = manifest.annex.locales?.[language]
  const sheet = refusal.error.details as ConsentSheet
  const { required, optional, hosts, events } = sheetIn(sheet, language, words?.reasons)
  const [scopes, named] = [
    new Set(sheet.missing.scopes.map(({ scope }) => scope)),
    new Set(sheet.missing.hosts.map(({ host }) => host)),
  ]
  const missing = {
    scopes: required.filter(({ scope }) => scopes.has(scope)),
    hosts: hosts.filter(({ host }) => named.has(host)),
  }
  const displayName = words?.displayName ?? sheet.displayName
  const details = { ...sheet, displayName, required, optional, hosts, events, missing }
  return { ...refusal, error: { ...refusal.error, details } }
}
