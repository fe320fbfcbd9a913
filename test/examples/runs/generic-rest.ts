import { type ExampleRun, inbound, integrate, recordsOf, sync } from '../example-run.ts'

const SITES = ['School', 'Town hall', 'Gym', 'Library', 'Museum'].map((name, index) => ({ no: index + 1, label: name }))

const OPEN_API = {
  openapi: '3.1.0',
  paths: {
    '/sites': {
      get: {
        operationId: 'listSites',
        parameters: [{ name: 'page' }, { name: 'per_page' }],
        responses: { 200: { content: { 'application/json': { schema: listOf({ id: {}, label: {} }) } } } },
      },
    },
  },
}

export const genericRest: ExampleRun = {
  name: 'generic-rest',
  config: { baseHost: 'api.custom.example', basePath: '/v2', openapi: '/openapi.json' },
  hosts: { 'api.custom.example': answer },
  async run(t, installed) {
    const path = await integrate(installed, 'custom', {
      credentials: { authorization: 'Bearer wrong' },
      config: {
        endpoint: 'sites',
        endpoints: [
          {
            ...{ name: 'sites', path: '/sites', records: '/data', idField: 'no', fields: { name: 'label' } },
            paging: { style: 'page', parameter: 'page', sizeParameter: 'per_page', size: 2 },
          },
        ],
      },
      streams: { records: inbound('chantiers', { id: 'reference', name: 'name' }, { status: 'ACTIVE' }) },
    })
    const refused = await installed.admin.call('POST', `${path}/test`)
    t.match(refused.body, { ok: false, steps: [{ code: 'AUTHENTICATION_FAILED', suggestion: /authorization/ }] })
    for (const authorization of WAYS) {
      await installed.admin.call('PATCH', path, { credentials: { authorization } })
      t.match((await installed.admin.call('POST', `${path}/test`)).body, { ok: true }, authorization)
    }
    t.match(await sync(installed.admin, path), { read: 5, created: 5 })
    t.match(await sync(installed.admin, path), { read: 5, created: 0, unchanged: 5 })
    t.equal((await recordsOf(installed.admin, 'chantiers')).length, 5)
    const listed = await installed.admin.call('POST', `${path}/actions/listEndpoints`, {})
    t.match(listed.body, {
      result: [
        { name: 'sites', paging: 'page' },
        { name: 'listSites', records: '/data' },
      ],
    })
  },
}

const WAYS = [`Basic ${btoa('ada:secret')}`, 'Bearer the-token']

function answer(request: Request): Response {
  const { pathname, searchParams } = new URL(request.url)
  if (!WAYS.includes(request.headers.get('authorization') ?? '')) return new Response('no', { status: 401 })
  if (pathname === '/v2/openapi.json') return Response.json(OPEN_API)
  const size = Number(searchParams.get('per_page'))
  const page = Number(searchParams.get('page'))
  return Response.json({ data: SITES.slice((page - 1) * size, page * size) })
}

function listOf(properties: object): object {
  return { type: 'object', properties: { data: { type: 'array', items: { type: 'object', properties } } } }
}
