import type { FastifySchema } from 'fastify'
import t from 'tap'
import { createApp } from '../../../marketplace/gateway/app.ts'
import { serializesAtFirstUse, validatesAtFirstUse } from '../../../marketplace/gateway/at-first-use.ts'
import { createSerializers } from '../../../marketplace/gateway/serializers.ts'
import { createValidators } from '../../../marketplace/gateway/validators.ts'
import { createServices } from '../../../marketplace/services.ts'
import { readConfig } from '../../../runtime/config.ts'

const PARTS = ['body', 'querystring', 'params', 'headers'] as const
const BROKEN = { type: 'nonsense' }
const route = { method: 'GET', url: '/' }

t.test('the schemas of every route compile', async (t) => {
  const config = { ...readConfig({ ANNEX_LOG_LEVEL: 'silent' }), dataFolder: t.testdir() }
  const services = await createServices({ ...config, store: { kind: 'sqlite', path: ':memory:' } })
  t.teardown(() => services.stop())
  const schemas: [name: string, schema: FastifySchema][] = []
  const onRoute = ({ url, method, schema }: { url: string; method: string | string[]; schema?: FastifySchema }) => {
    if (schema) schemas.push([`${method} ${url}`, schema])
  }
  const app = await createApp(services, { onRoute })
  await app.ready()
  const [validators, serializers] = [createValidators(), await createSerializers()]
  let compiled = 0
  for (const [name, schema] of schemas) {
    for (const httpPart of PARTS.filter((part) => schema[part] && !isBinary(schema[part]))) {
      t.doesNotThrow(() => validators({ ...route, schema: schema[httpPart] as FastifySchema, httpPart }), name)
      compiled++
    }
    for (const [httpStatus, answer] of Object.entries(schema.response ?? {})) {
      for (const part of answersIn(answer)) {
        t.doesNotThrow(() => serializers({ ...route, schema: part, httpStatus }), `${name}: ${httpStatus}`)
        compiled++
      }
    }
  }
  t.ok(compiled > 500, `${compiled} were compiled`)
  await app.close()
})

t.test('a schema that does not compile is found', async (t) => {
  const serializers = await createSerializers()
  t.throws(() => createValidators()({ ...route, schema: BROKEN as FastifySchema }), /type must be/)
  t.throws(() => serializers({ ...route, schema: BROKEN as FastifySchema }), /schema is invalid|nonsense/)
})

t.test('nothing is compiled before its first use, and then once', async (t) => {
  const asked: string[] = []
  const compile = (what: string) => () => {
    asked.push(what)
    const answer = (data: unknown) => String(data)
    return answer
  }
  const serialize = serializesAtFirstUse(compile('answer'))({ ...route, schema: {} })
  t.same(asked, [])
  t.same([serialize(1), serialize(2), asked], ['1', '2', ['answer']])
})

t.test('what was wrong is told as ever', async (t) => {
  const schema = { type: 'object', properties: { a: { type: 'integer' } } } as FastifySchema
  const validate = validatesAtFirstUse(createValidators())({ ...route, schema, httpPart: 'body' })
  t.equal(validate({ a: 1 }), true)
  t.equal(validate({ a: 'x' }), false)
  t.match(validate.errors, [{ instancePath: '/a', keyword: 'type' }])
  t.equal(validate({ a: 1 }), true)
  t.equal(validate.errors, null)
})

/** The body of a package is bytes, which no schema looks at. */
function isBinary(schema: unknown): boolean {
  return (schema as { format?: unknown }).format === 'binary'
}

/** One of its own, or one for each media type. */
function answersIn(answer: unknown): FastifySchema[] {
  const { content } = answer as { content?: Record<string, { schema: FastifySchema }> }
  return content ? Object.values(content).map(({ schema }) => schema) : [answer as FastifySchema]
}
