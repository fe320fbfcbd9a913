import { hostCovers } from '@annex/sdk/manifest/host-pattern'
import { grantOf } from '@annex/sdk/read-grants'
import {
  type ConsentDocument,
  consents,
  type InstallationDocument,
  installations,
} from '../../../marketplace/installations/installation-collections.ts'
import type { Invariant } from '../invariant.ts'

const LIVE = new Set(['installing', 'active', 'disabled'])

export const grantsWithinConsents: Invariant = {
  name: 'no grant is wider than what was agreed to',
  async check({ all }) {
    const agreements = await all(consents)
    return (await all(installations))
      .filter(({ state }) => LIVE.has(state))
      .flatMap((installation) => wider(installation, agreements).map((what) => `${installation._id}: ${what}`))
  },
}

function wider({ _id, consent, grants, upgrade }: InstallationDocument, agreements: ConsentDocument[]): string[] {
  const own = agreements.filter(({ installationId }) => installationId === _id)
  const basis = own.find((agreement) => agreement._id === consent.consentId)
  if (!basis) return [`nobody agreed to ${consent.consentId}`]
  const agreed = new Set(basis.scopes.map((entry) => grantOf(entry).scope))
  const consented = new Set(consent.scopes.map((entry) => grantOf(entry).scope))
  const later = own.filter(({ epoch }) => epoch > basis.epoch)
  const withheld = new Set(later.flatMap((agreement) => agreement.withheld))
  // An agreement to a version that is staged, or was and did not come, is not about what runs.
  const changed = later.some(({ kind }) => kind === 'grant')
  const hosts = consent.hosts.filter((host) => !basis.hosts.some((given) => hostCovers(given, host)))
  return [
    ...grants.filter(({ scope }) => !consented.has(scope)).map(({ scope }) => `${scope} is not in its consent`),
    ...[...consented].filter((scope) => !agreed.has(scope)).map((scope) => `${scope} was not agreed to`),
    ...[...consented].filter((scope) => changed && withheld.has(scope)).map((scope) => `${scope} was taken away`),
    ...hosts.map((host) => `${host} was not agreed to`),
    ...(changed ? ['the grant was changed after the agreement that it rests on'] : []),
    ...(upgrade?.consent && !own.some((agreement) => agreement._id === upgrade.consent?.consentId)
      ? ['nobody agreed to what is staged']
      : []),
  ]
}
