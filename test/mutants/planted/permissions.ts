import type { Mutant } from '../mutant.ts'

const DECIDE = 'test/runtime/permissions/decide.test.ts'
const PLATFORM = 'test/runtime/platform/platform.test.ts'

export const PERMISSION_MUTANTS: readonly Mutant[] = [
  {
    title: 'a scope that was never granted is taken as granted',
    why: 'every principal could do everything',
    file: 'runtime/permissions/decide.ts',
    text: 'if (found.length === 0) return',
    replacement: 'if (found.length < 0) return',
    red: [DECIDE, PLATFORM],
  },
  {
    title: 'the grant of who started a run is ignored',
    why: 'an extension would be a way around one’s own rights',
    file: 'runtime/permissions/decide.ts',
    text: "if (kind !== 'installation' || !principal.actor) return [own]",
    replacement: "if (kind !== 'installation' || principal.grants) return [own]",
    red: [DECIDE],
  },
  {
    title: 'the hours of a grant are ignored',
    why: 'a grant for office hours would hold at night',
    file: 'runtime/permissions/decide.ts',
    text: 'hours.find((window) => !isOpen(window, facts.at))',
    replacement: 'hours.find(() => false)',
    red: [DECIDE],
  },
  {
    title: 'the row filter is not applied when one record is asked for',
    why: 'who knows an id would read what the grant hides',
    file: 'runtime/platform/read-records.ts',
    text: 'if (stored && filter.matches(recordOf(stored))) return',
    replacement: 'if (stored) return',
    red: [PLATFORM],
  },
  {
    title: 'the row filter is left to the store when records are listed',
    why: 'the store does only a part of it',
    file: 'runtime/platform/read-records.ts',
    text: 'page.data.filter((stored) => filter.matches(recordOf(stored)))',
    replacement: 'page.data',
    red: [PLATFORM],
  },
  {
    title: 'all columns are shown, whatever is granted',
    why: 'personal fields would be read under a grant without them',
    file: 'runtime/platform/record.ts',
    text: 'Object.entries(stored.fields).filter(([field]) => columns.includes(field))',
    replacement: 'Object.entries(stored.fields)',
    red: ['test/runtime/platform/limits.test.ts'],
  },
  {
    title: 'a refusal leaves no row in the audit trail',
    why: 'nobody would see an extension trying doors',
    file: 'runtime/platform/authorize.ts',
    text: 'if (entry) await audit.write(entry)',
    replacement: '',
    red: [PLATFORM],
  },
  {
    title: 'a run keeps the grant that it began with',
    why: 'a scope that is revoked in mid-run would still be used',
    file: 'runtime/host-api/host-api.ts',
    text: 'effectiveInstallation(request.installation, installation)',
    replacement: 'request.installation',
    red: ['test/runtime/host-api/host-api.test.ts'],
  },
  {
    title: 'code that was replaced in mid-run gets the grant of the new version',
    why: 'consent to the new version is none to the old code that still runs',
    file: 'runtime/host-api/effective-installation.ts',
    text: 'if (current.digest === started.digest) return current',
    replacement: 'if (current.digest) return current',
    red: ['test/runtime/host-api/host-api.test.ts'],
  },
  {
    title: 'a consent counts whatever manifest it was given for',
    why: 'an admin would have agreed to permissions that were never shown',
    file: 'marketplace/installations/consent.ts',
    text: 'const outdated = granted.manifestDigest !== version.manifestDigest',
    replacement: 'const outdated = false',
    red: ['test/marketplace/installations/consent.test.ts'],
  },
]
