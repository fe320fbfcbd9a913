import { type ExampleRun, inbound, integrate, recordsOf, sync } from '../example-run.ts'

const FILES: Record<string, Buffer> = {
  'sites-1.csv': Buffer.from(
    'N°;Nom;Budget;Début\r\n1;École;1 234,50;03/02/2026\r\n2;Gymnase;n/a;04/02/2026\r\n',
    'latin1',
  ),
  'sites-2.csv': Buffer.from(`N°;Nom;Budget;Début\r\n${rows(3, 40)}`, 'latin1'),
}

export const csvDrop: ExampleRun = {
  name: 'csv-drop',
  config: { dropHost: 'files.drop.example' },
  hosts: {
    'files.drop.example': (request) => {
      if (request.headers.get('authorization') !== `Basic ${btoa('ada:secret')}`)
        return new Response('', { status: 401 })
      const name = new URL(request.url).pathname.slice('/exports/'.length)
      if (name === 'index.json') return Response.json(Object.keys(FILES))
      const file = FILES[name]
      return file ? new Response(new Uint8Array(file)) : new Response('', { status: 404 })
    },
  },
  async run(t, installed) {
    const { admin } = installed
    const path = await integrate(installed, 'drop', {
      credentials: { user: 'ada', password: 'secret' },
      config: {
        ...{ listPath: '/exports/index.json', encoding: 'windows-1252', idColumn: 'N°', pageSize: 7 },
        columns: [
          { from: 'N°', to: 'no' },
          { from: 'Nom', to: 'name' },
          { from: 'Budget', to: 'budget', type: 'decimal', decimalMark: ',' },
          { from: 'Début', to: 'startsOn', type: 'date', dateOrder: 'dmy' },
        ],
      },
      streams: {
        rows: inbound(
          'chantiers',
          { no: 'reference', name: 'name', budget: 'budget', startsOn: 'startsOn' },
          { status: 'PLANNED' },
        ),
      },
    })
    t.match((await admin.call('POST', `${path}/test`)).body, { ok: true, steps: [{}, { message: /4 columns/ }] })
    t.match(await sync(admin, path), { read: 40, created: 39, quarantined: 1 })
    const sites = await recordsOf(admin, 'chantiers')
    t.match(
      sites.find(({ reference }) => reference === '1'),
      { name: 'École', budget: '1234.50', startsOn: '2026-02-03' },
    )
    FILES['sites-3.csv'] = Buffer.from('N°;Nom;Budget;Début\r\n41;Mairie;1;1/3/2026', 'latin1')
    t.match(await sync(admin, path), { read: 1, created: 1 }, 'what was read to its end is not read again')
  },
}

function rows(first: number, last: number): string {
  const numbers = Array.from({ length: last - first + 1 }, (_, index) => first + index)
  return numbers.map((number) => `${number};Site ${number};${number},5;05/02/2026\r\n`).join('')
}
