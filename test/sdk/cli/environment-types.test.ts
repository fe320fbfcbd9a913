import t from 'tap'
import { environmentTypes } from '../../../sdk/cli/environment-types.ts'
import { typeOfSchema } from '../../../sdk/cli/json-schema-type.ts'

t.test('a scope gives its methods and no more', async (t) => {
  const types = environmentTypes({
    permissions: {
      required: [{ scope: 'read:timesheets', reason: '' }],
      optional: [{ scope: 'chantiers:*', reason: '' }],
    },
  })
  t.match(types, /'timesheets': Pick<.*, 'list' \| 'get'>$/m)
  t.match(types, /'chantiers': Pick<.*, 'list' \| 'get' \| 'create' \| 'update' \| 'remove'>$/m)
  t.notMatch(environmentTypes({}), 'Pick<')
})

t.test('a column that is not asked for has no type', async (t) => {
  const asking = (columns?: string[]) =>
    environmentTypes({
      permissions: { required: [{ scope: 'chantiers:*', reason: '', ...(columns ? { columns } : {}) }] },
    })
  t.match(asking(), /client\?: string/, 'control')
  const types = asking(['reference', 'city'])
  t.match(types, /reference: string; city\?: string }/)
  t.notMatch(types, /client|budget|name: string/)
})

t.test('schemas become types', async (t) => {
  t.equal(typeOfSchema({ type: 'integer' }), 'number')
  t.equal(typeOfSchema({ enum: ['a', 1, null] }), '"a" | 1 | null')
  t.equal(typeOfSchema({ type: ['string', 'null'] }), 'string | null')
  t.equal(typeOfSchema({ type: 'array', items: { anyOf: [{ type: 'string' }, { const: 7 }] } }), '(string | 7)[]')
  t.equal(
    typeOfSchema({
      type: 'object',
      properties: { 'a-b': { type: 'boolean' }, c: { type: 'string' } },
      required: ['c'],
      additionalProperties: false,
    }),
    '{ "a-b"?: boolean; c: string }',
  )
  t.equal(typeOfSchema({ type: 'object' }), '{ [key: string]: Json | undefined }')
  t.equal(typeOfSchema({}), 'unknown')
})

t.test('a schema cannot smuggle code into the types', async (t) => {
  const name = "x': never }}; import('evil'); //"
  const type = typeOfSchema({
    type: 'object',
    properties: { [name]: { const: '`*/' } },
    additionalProperties: false,
  })
  t.equal(type, `{ ${JSON.stringify(name)}?: "\`*/" }`)
})

t.test('a schema that nests without end comes to one', async (t) => {
  const schema: Record<string, unknown> = { type: 'array' }
  schema.items = schema
  t.match(typeOfSchema(schema), /^unknown(\[\])+$/)
})
