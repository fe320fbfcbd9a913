import { install } from '../../marketplace/gateway/marketplace-fixtures.ts'
import { type ExampleRun, inbound, integrate, recordsOf, sync } from '../example-run.ts'

/** Cleans what the ERP of another example brings in. */
export const siteCleaner: ExampleRun = {
  name: 'site-cleaner',
  async run(t, { app, admin, id }) {
    const erp = await install(admin, '@examples/costructor-erp')
    const fields = { reference: 'reference', name: 'name', status: 'status' }
    const sites = { ...inbound('chantiers', fields), transformations: [{ installation: id, order: 0 }] }
    const draft = { credentials: { apiKey: 'the-french-key' }, streams: { sites } }
    const path = await integrate({ app, admin, id: erp }, 'clean', draft)
    t.match(await sync(admin, path), { read: 3, created: 1, quarantined: 1 })
    t.match(await recordsOf(admin, 'chantiers'), [{ reference: 'CH-1', name: 'École', status: 'ACTIVE' }])
  },
}
