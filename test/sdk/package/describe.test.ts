import { readDescription } from '@annex/package/describe'
import t from 'tap'

const stream = { schema: { type: 'object' }, primaryKey: ['id'], read: true, write: false }
const good = {
  kind: 'connector',
  handlers: ['check', 'streams.sites.read', 'on.INVOICE_ISSUED'],
  streams: { sites: { ...stream, cursorField: 'updatedAt' } },
  actions: { createTicket: { params: { type: 'object' } } },
}
const read = (value: unknown) => readDescription(Buffer.from(JSON.stringify(value)))

t.test('takes connectors and transformations', async (t) => {
  t.strictSame(read(good), { ok: true, description: good })
  const transformation = { kind: 'transformation', handlers: ['transform'], input: { type: 'object' }, output: {} }
  t.strictSame(read(transformation), { ok: true, description: transformation })
})

t.test('an author’s pattern is carried, not tried', async (t) => {
  const schema = { type: 'string', pattern: '^(a+)+$', default: `${'a'.repeat(40)}!` }
  t.match(read({ ...good, streams: { sites: { ...stream, schema } } }), { ok: true })
})

t.test('refuses what is incomplete, unknown or too much', async (t) => {
  const nested = JSON.parse(`${'{"a":'.repeat(32)}1${'}'.repeat(32)}`)
  const refused: [string, unknown][] = [
    ['no stream schema', { ...good, streams: { sites: { ...stream, schema: undefined } } }],
    ['no primary key', { ...good, streams: { sites: { ...stream, primaryKey: [] } } }],
    ['a stream name that is no name', { ...good, streams: { '../x': stream } }],
    ['an unknown kind', { ...good, kind: 'theme' }],
    ['an unknown field', { ...good, code: 'x' }],
    ['a list for a schema', { ...good, actions: { x: { params: [] } } }],
    ['a schema that is nested too deep', { ...good, actions: { x: { params: nested } } }],
    [
      'too many streams',
      { ...good, streams: Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`s${n}`, stream])) },
    ],
    ['too many bytes', { ...good, actions: { x: { params: { title: 'x'.repeat(512 * 1024) } } } }],
  ]
  for (const [title, value] of refused) t.match(read(value), { ok: false, problems: [{ message: /./ }] }, title)
})
