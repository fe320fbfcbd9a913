import { domainToUnicode } from 'node:url'
import type { PackageReport } from '@annex/package/report'
import type { Manifest } from '@annex/sdk/manifest'
import { normalizeManifest } from '@annex/sdk/manifest/normalize-manifest'
import { permissionSheet } from '../../../marketplace/catalog/permission-words.ts'
import { type ConsentSheet, checkConsent } from '../../../marketplace/installations/consent.ts'
import type { VersionDocument } from '../../../marketplace/publishing/publishing-collections.ts'
import { changedPackage, check, goodManifest, type ManifestChange } from '../../sdk/package/good-package.ts'
import { type Idea, runIdeas } from '../egress/run-ideas.ts'

/** What turns, hides or ends the text around it. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

function changed(change: ManifestChange): Manifest {
  const manifest = goodManifest() as Parameters<ManifestChange>[0]
  change(manifest)
  return manifest
}

/** The lines of a sheet as a person reads them, with nothing checked before. */
function uncheckedSheet(change: ManifestChange): string[] {
  const { required, optional, hosts } = permissionSheet(normalizeManifest(changed(change)))
  const values = [...required, ...optional].flatMap(({ conditions = [] }) =>
    conditions.map(({ value }) => String(value)),
  )
  return [...[...required, ...optional, ...hosts].flatMap(({ words, reason }) => [words, reason]), ...values]
}

/** A manifest whose texts deceive the eye: no check may let it pass. */
function deceives(title: string, change: ManifestChange): Idea {
  return {
    title,
    async control() {
      const shown = uncheckedSheet(change).find((line) => INVISIBLE.test(line))
      return shown === undefined ? undefined : `the sheet shows ${JSON.stringify(shown)}`
    },
    async attack(t) {
      const report = await check(changedPackage({ manifest: change }))
      t.notOk(report.ok)
      t.ok(report.findings.some(({ rule, severity }) => rule === 'MAN-13' && severity === 'error'))
      t.notMatch(
        report.findings.map(({ message }) => message).join(''),
        INVISIBLE,
        'the finding itself deceives nobody',
      )
      t.ok((await check(changedPackage({}))).ok, 'control: the package as it was passes')
    },
  }
}

const withReason =
  (reason: string): ManifestChange =>
  ({ annex }) => {
    annex.permissions = { required: [{ scope: 'write:chantiers', reason }] }
  }
const withValue =
  (value: string): ManifestChange =>
  ({ annex }) => {
    const conditions = [{ field: 'city', op: 'ne' as const, value }]
    annex.permissions = { required: [{ scope: 'write:chantiers', reason: 'Creates sites', conditions }] }
  }

runIdeas('texts of a consent that deceive the eye', [
  deceives('a reason that is read backwards', withReason('Reads sites \u202eylno')),
  deceives('a reason that is isolated from what follows', withReason('Reads sites \u2067and more\u2069')),
  deceives('a reason with lines of its own', withReason('Reads sites\n\nNothing else is asked for.')),
  deceives('a reason with a line separator', withReason('Reads sites\u2028Nothing else is asked for.')),
  deceives('a reason that writes over its line', withReason('Deletes sites\rReads sites  ')),
  deceives('a reason that commands a terminal', withReason('Reads sites \u001b[8mand deletes them\u001b[0m')),
  deceives('a reason with invisible letters', withReason('Re\u200bads si\u00adtes')),
  deceives('a reason with tag letters', withReason('Reads sites \u{e0041}\u{e0042}')),
  deceives('a value that is read backwards', withValue('Lyon\u202e')),
  deceives('a value with lines of its own', withValue('Lyon\n\nand only in the year 1900')),
  deceives('a host’s reason that is read backwards', ({ annex }) => {
    annex.egress = [{ host: 'api.erp.example', reason: 'Reads \u202eprices' }]
  }),
])

/** A version as the marketplace keeps it, from a package that passed its check. */
async function versionOf(change: ManifestChange): Promise<VersionDocument> {
  const report = await check(changedPackage({ manifest: change }))
  if (!report.ok || !report.package) throw new Error(JSON.stringify(report.findings))
  return documentOf(report.package)
}

function documentOf({ name, version, digest, manifestDigest, capabilities }: PackageReport): VersionDocument {
  const card = { displayName: 'Site import', kind: 'connector' }
  return { extension: name, version, digest, manifestDigest, capabilities, card } as VersionDocument
}

function sheetOf(outcome: ReturnType<typeof checkConsent>): ConsentSheet {
  if (outcome.ok) throw new Error('nothing was asked for')
  return outcome.error.details as ConsentSheet
}

const NOTHING: ManifestChange = () => {}

/** A consent to one version, used for another. */
function reused(title: string, change: ManifestChange): Idea {
  return {
    title,
    async control() {
      const asked = await versionOf(NOTHING)
      return checkConsent(asked, sheetOf(checkConsent(asked, undefined)).grant).ok
        ? 'for its own version it is enough'
        : undefined
    },
    async attack(t) {
      const { grant } = sheetOf(checkConsent(await versionOf(NOTHING), undefined))
      const other = await versionOf(change)
      const outcome = checkConsent(other, grant)
      t.match(outcome, { ok: false, error: { code: /^(CONSENT_REQUIRED|GRANT_EXCEEDS_MANIFEST)$/ } })
      if (!outcome.ok && outcome.error.code === 'CONSENT_REQUIRED')
        t.ok(sheetOf(outcome).outdated, 'and the admin is told')
    },
  }
}

runIdeas('a consent that was given to something else', [
  reused('another reason', withReason('Sells your sites')),
  reused('another publisher of the same name', (manifest) => {
    manifest.name = '@acme-corp/site-import'
  }),
  reused('another display name', ({ annex }) => {
    annex.displayName = 'Annex Security Update'
  }),
  reused('another price', ({ annex }) => {
    annex.pricing = { model: 'SUBSCRIPTION', price: 9_900, currency: 'EUR' }
  }),
  reused('another place of the credential on its host', ({ annex }) => {
    const schema = { type: 'object', properties: { apiKey: { type: 'string' } } }
    const inject = [{ host: 'api.erp.example', in: 'query' as const, name: 'q', template: '{{apiKey}}' }]
    annex.credentials = { type: 'API_KEY', schema, inject }
  }),
  reused('a reason in another language', ({ annex }) => {
    annex.locales = { fr: { reasons: { 'write:chantiers': 'Lit les chantiers' } } }
  }),
  reused('a condition less', withValue('Lyon')),
  reused('a port more', ({ annex }) => {
    annex.egress = [
      { host: 'api.erp.example', reason: 'The API of the ERP' },
      { host: 'api.erp.example', port: 8443, reason: 'The API of the ERP' },
    ]
  }),
])

runIdeas('grants that say more than was shown', [
  {
    title: 'a condition whose value reads as one more condition is told from two',
    async control() {
      const spoof = withValue('Lyon and status is ACTIVE')
      return uncheckedSheet(spoof).some((line) => line.includes('Lyon and status is ACTIVE'))
        ? 'the words are in the sheet'
        : undefined
    },
    async attack(t) {
      const one = await versionOf(withValue('Lyon and status is ACTIVE'))
      const two = await versionOf(({ annex }) => {
        const conditions = [
          { field: 'city', op: 'ne' as const, value: 'Lyon' },
          { field: 'status', op: 'eq' as const, value: 'ACTIVE' },
        ]
        annex.permissions = { required: [{ scope: 'write:chantiers', reason: 'Creates sites', conditions }] }
      })
      const [first, second] = [one, two].map((version) => sheetOf(checkConsent(version, undefined)).required[0]?.words)
      t.not(first, second)
      t.match(first, /city is not "Lyon and status is ACTIVE"$/)
    },
  },
  {
    title: 'a host in letters of another script is shown as what it is',
    async control() {
      const lookalike = '\u0430pi.erp.example'
      return lookalike.replace('\u0430', 'a') === 'api.erp.example' ? 'to the eye it is the other host' : undefined
    },
    async attack(t) {
      const version = await versionOf(({ annex }) => {
        annex.egress = [
          { host: 'api.erp.example', reason: 'The API of the ERP' },
          { host: '\u0430pi.erp.example', reason: 'The API of the ERP' },
        ]
      })
      const hosts = sheetOf(checkConsent(version, undefined)).hosts
      const odd = hosts.find(({ host }) => domainToUnicode(host) !== host)
      t.match(odd, { host: /^xn--/, words: /xn--/ })
      const without = {
        ...sheetOf(checkConsent(version, undefined)).grant,
        hosts: ['api.erp.example', 'api.erp.example'],
      }
      t.match(
        checkConsent(version, without),
        { error: { code: 'CONSENT_REQUIRED' } },
        'one does not stand for the other',
      )
    },
  },
  {
    title: 'a shorthand is shown, and granted, scope by scope',
    async control() {
      const one = changed(({ annex }) => {
        annex.permissions = { required: [{ scope: 'read', reason: 'Reads' }] }
      })
      return (one.annex.permissions?.required?.length ?? 0) === 1 ? 'in the manifest it is one word' : undefined
    },
    async attack(t) {
      const version = await versionOf(({ annex }) => {
        annex.permissions = { required: [{ scope: 'read', reason: 'Reads' }] }
      })
      const { required, grant } = sheetOf(checkConsent(version, undefined))
      t.equal(required.length, 10)
      t.match(checkConsent(version, { ...grant, scopes: ['read:chantiers'] }), { error: { code: 'CONSENT_REQUIRED' } })
      t.match(checkConsent(version, { ...grant, scopes: [...grant.scopes, 'write:chantiers'] }), {
        error: { code: 'GRANT_EXCEEDS_MANIFEST' },
      })
    },
  },
  {
    title: 'a host of the grant that only looks like one of the manifest is beyond it',
    async control() {
      const version = await versionOf(NOTHING)
      return checkConsent(version, sheetOf(checkConsent(version, undefined)).grant).ok
        ? 'the host itself is granted'
        : undefined
    },
    async attack(t) {
      const version = await versionOf(NOTHING)
      const { grant } = sheetOf(checkConsent(version, undefined))
      const hosts = [
        'API.ERP.EXAMPLE',
        'api.erp.example.',
        ' api.erp.example',
        'https://api.erp.example',
        '*.erp.example',
        '*',
        '',
      ]
      for (const host of hosts)
        t.match(
          checkConsent(version, { ...grant, hosts: [...grant.hosts, host] }),
          { ok: false, error: { code: 'GRANT_EXCEEDS_MANIFEST', details: { beyond: [host] } } },
          JSON.stringify(host),
        )
    },
  },
])
