import t from 'tap'
import type { ConsentSheet } from '../../../marketplace/installations/consent.ts'
import { openSandbox } from '../../runtime/sandbox/start-guest.ts'
import { caller, extensionOf, openInstallations, sheetOf } from '../rig/open-installations.ts'
import { got, openChecker } from '../rig/open-marketplace.ts'

const NAME = '@acme/site-import'
const ADMIN = caller('org_a')
const WRITE = { scope: 'write:chantiers', reason: 'Creates the sites' }
const READ = { scope: 'read:timesheets', reason: 'Exports hours' }
const locales = {
  fr: { displayName: 'Import des chantiers', reasons: { 'write:chantiers': 'Crée les chantiers' } },
}

t.test('what is asked for is told in the language of the admin', async (t) => {
  const rig = await openInstallations(t, { checker: await openChecker(t), sandbox: await openSandbox(t) })
  await rig.publish(extensionOf('1.0.0', { annex: { locales, permissions: { required: [WRITE] } } }))
  const french = sheetOf(await rig.installations.install(ADMIN, NAME, { language: 'fr' }))
  t.match(french, {
    displayName: 'Import des chantiers',
    required: [{ words: 'Créer, modifier et supprimer vos chantiers', reason: 'Crée les chantiers' }],
    missing: { scopes: [{ words: /^Créer/, reason: 'Crée les chantiers' }] },
  })
  const english = sheetOf(await rig.installations.install(ADMIN, NAME, {}))
  t.match(english.required, [
    { words: 'Create, change and delete your construction sites', reason: 'Creates the sites' },
  ])
  t.same(french.grant, english.grant, 'the words change nothing of what is agreed to')
  const { id } = got(await rig.installations.install(ADMIN, NAME, { grant: french.grant, language: 'fr' })).installation

  await rig.publish(extensionOf('1.1.0', { annex: { locales, permissions: { required: [WRITE, READ] } } }))
  const asked = async (language: 'en' | 'fr') => {
    const sheet = sheetOf(await rig.installations.upgrade(ADMIN, id, { language }))
    return sheet as ConsentSheet & { difference: { added: { words: string }[] } }
  }
  t.match(await asked('fr'), {
    required: [{ words: 'Lire vos feuilles de temps', reason: 'Exports hours' }, {}],
    difference: { added: [{ words: 'Le droit read:timesheets est nouveau' }] },
  })
  t.match(await asked('en'), { difference: { added: [{ words: 'The permission read:timesheets is a new scope' }] } })
  const narrow = { ...french.grant, scopes: [] }
  t.match(sheetOf(await rig.installations.changeGrant(ADMIN, id, narrow, 'fr')).missing.scopes, [{ words: /^Créer/ }])
})
