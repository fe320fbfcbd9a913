import { RESOURCES } from '@annex/sdk/resources'
import t from 'tap'
import { buildApp } from './build-app.ts'

interface Described {
  openapi: string
  paths: Record<string, Record<string, { tags?: string[]; summary?: string; security?: object[] }>>
  components: { schemas: Record<string, unknown> }
}

t.test('the description', async (t) => {
  const app = await buildApp(t)
  const described = (await app.call('GET', '/openapi.json')).body as Described
  const operations = Object.entries(described.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      path,
      operation,
    })),
  )

  t.test('knows every route, and no other', async (t) => {
    t.equal(described.openapi, '3.1.0')
    t.ok(app.routes.length > 30)
    t.same(operations.map(({ name }) => name).sort(), [...app.routes].sort())
  })

  t.test('every operation has its tag, its words and its door', async (t) => {
    for (const { name, path, operation } of operations) {
      const tag = operation.tags?.[0] ?? ''
      t.ok(operation.summary, `${name}: summary`)
      t.ok(operation.security, `${name}: security`)
      if (path.startsWith('/api/')) t.ok(`${path}/`.startsWith(`/api/${tag.split('/')[0]}/`), `${name}: tag ${tag}`)
    }
  })

  t.test('whoever sends nothing is refused where a credential is asked for', async (t) => {
    const closed = operations.filter(
      ({ operation: { security = [] } }) => security.length > 0 && !security.some(isEmpty),
    )
    for (const { name, path } of closed) {
      const [method = ''] = name.split(' ')
      const answer = await app.call(method, path.replaceAll(/\{\w+\}/g, 'x'), {})
      // A body may be looked at first; no answer without a credential is a success, or tells what exists.
      t.ok([400, 401, 415].includes(answer.status), `${name}: ${answer.status}`)
    }
  })

  t.test('every reference leads somewhere', async (t) => {
    const text = JSON.stringify(described)
    const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference = '']) => reference)
    t.ok(references.length > 30)
    for (const reference of new Set(references)) {
      const name = /^#\/components\/schemas\/(\w+)$/.exec(reference)?.[1]
      t.ok(name !== undefined && described.components.schemas[name], reference)
    }
  })

  t.test('API v1 is the declared resources (S-001, S-002)', async (t) => {
    const v1 = operations.filter(({ path }) => path.startsWith('/api/v1/')).length
    t.equal(
      v1,
      RESOURCES.reduce((sum, { operations: all, content }) => sum + all.length + (content ? 1 : 0), 0),
    )
  })

  t.test('readers have a page of it', async (t) => {
    const page = await app.call('GET', '/docs')
    t.match(page.headers.get('content-type'), /^text\/html/)
    for (const { path } of operations) t.ok(String(page.body).includes(path), path)
    t.notMatch(String(page.body), /<script|https?:\/\//)
  })
})

/** Of a door that a credential opens wider, and none opens too. */
function isEmpty(requirement: object): boolean {
  return Object.keys(requirement).length === 0
}
