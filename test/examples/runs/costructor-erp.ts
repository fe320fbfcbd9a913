import { type ExampleRun, inbound, integrate, recordsOf, sync } from '../example-run.ts'

const SITES = [
  { id: 'S-1', reference: 'CH-1', name: 'School', status: 'ACTIVE', updatedAt: '2026-01-05T06:00:00.000Z' },
  { id: 'S-2', reference: 'CH-2', name: 'Town hall', status: 'CLOSED', updatedAt: '2026-01-06T06:00:00.000Z' },
]

/** As people write them; one is a trial and one says nothing that we know. */
const FRENCH = [
  { ...SITES[0], name: '  école ', status: 'en cours' },
  { ...SITES[1], name: 'TEST', status: 'en cours' },
  { ...SITES[1], id: 'S-3', reference: 'CH-3', status: '???' },
]

export const costructorErp: ExampleRun = {
  name: 'costructor-erp',
  hosts: {
    'api.costructor.example': (request) => {
      const shown = request.headers.get('authorization')
      if (shown === 'Bearer the-french-key') return Response.json({ items: FRENCH })
      return shown === 'Bearer the-erp-key' ? Response.json({ items: SITES }) : new Response('no', { status: 401 })
    },
  },
  async run(t, installed) {
    const fields = { reference: 'reference', name: 'name', status: 'status' }
    const streams = { sites: inbound('chantiers', fields) }
    const path = await integrate(installed, 'erp', { credentials: { apiKey: 'the-erp-key' }, streams })
    t.match(await sync(installed.admin, path), { read: 2, created: 2 })
    t.same((await recordsOf(installed.admin, 'chantiers')).map(({ reference }) => reference).sort(), ['CH-1', 'CH-2'])
  },
}
