import { FIXTURE_LIMITS as LIMITS } from '@annex/package/fixtures/fixture-limits'
import { readPackageFixtures } from '@annex/package/fixtures/package-fixtures'
import t from 'tap'

const CASE = { handler: 'check', expect: [] }

function filesOf(files: Record<string, string | Uint8Array>) {
  return new Map(Object.entries(files).map(([path, contents]) => [path, Buffer.from(contents)]))
}

const har = (entries: object[]) => JSON.stringify({ log: { entries } })
const entry = { request: { method: 'GET', url: 'https://a.example/' }, response: { status: 200 } }

t.test('reads cases with their recordings, by name', async (t) => {
  const { fixtures, faults } = readPackageFixtures(
    filesOf({
      'fixtures/b/case.json': JSON.stringify({ ...CASE, http: 'x.har' }),
      'fixtures/b/x.har': har([{ ...entry, response: { status: 200, headers: [{ name: ':status', value: '200' }] } }]),
      'fixtures/a/case.json': JSON.stringify(CASE),
      'fixtures/README.md': 'about them',
      'src/fixtures/c/case.json': '{}',
    }),
  )
  t.same(faults, [])
  t.same(fixtures, [
    { name: 'a', case: CASE, entries: [] },
    {
      name: 'b',
      case: { ...CASE, http: 'x.har' },
      entries: [{ method: 'GET', url: 'https://a.example/', status: 200, statusText: '', headers: [], body: '' }],
    },
  ])
})

t.test('says of each that cannot be replayed why, and where', async (t) => {
  const broken: Record<string, [text: string, message: RegExp]> = {
    'no-json': ['{', /not JSON/],
    unknown: ['{"handler":"check","expct":[]}', /expct/],
    both: ['{"handler":"check","expect":[],"error":{"code":"X"}}', /either/],
    proto: ['{"handler":"check","expect":{"__proto__":1}}', /__proto__/],
    twice: ['{"handler":"check","handler":"x","expect":1}', /twice/],
    deep: [`{"handler":"check","expect":${'['.repeat(100)}${']'.repeat(100)}}`, /deeper/],
    path: ['{"handler":"a..b","expect":1}', /handler/],
    away: ['{"handler":"check","expect":1,"http":"../b.har"}', /http/],
    hidden: ['{"handler":"check","expect":1,"http":".."}', /http/],
    gone: ['{"handler":"check","expect":1,"http":"x.har"}', /no such file/],
    large: [JSON.stringify({ ...CASE, input: 'x'.repeat(LIMITS.case) }), /bytes/],
  }
  const files = Object.entries(broken).map(([name, [text]]) => [`fixtures/${name}/case.json`, text])
  const { fixtures, faults } = readPackageFixtures(filesOf(Object.fromEntries(files)))
  t.same(fixtures, [])
  t.equal(faults.length, files.length)
  for (const [name, [, message]] of Object.entries(broken))
    t.match(faults.find(({ file }) => file.startsWith(`fixtures/${name}/`))?.message, message, name)
})

t.test('a recording is bounded, and holds only what can be sent', async (t) => {
  const faultOf = (recording: string | Uint8Array) =>
    readPackageFixtures(
      filesOf({ 'fixtures/a/case.json': JSON.stringify({ ...CASE, http: 'x.har' }), 'fixtures/a/x.har': recording }),
    ).faults[0]?.message
  const answering = (response: object) => har([{ ...entry, response: { ...entry.response, ...response } }])
  t.equal(faultOf(har(Array.from({ length: LIMITS.entries }, () => entry))), undefined)
  t.match(faultOf(har(Array.from({ length: LIMITS.entries + 1 }, () => entry))), /entries/)
  t.match(faultOf(`"${'x'.repeat(LIMITS.recording)}"`), /bytes/)
  t.match(faultOf(Buffer.from([0x22, 0xff, 0x22])), /UTF-8/)
  t.match(faultOf('['.repeat(1_000_000)), /not JSON/)
  t.match(faultOf(answering({ status: 101 })), /status/)
  t.match(faultOf(answering({ headers: [{ name: 'a b', value: 'x' }] })), /name/)
  t.match(faultOf(answering({ headers: [{ name: 'a', value: 'x\r\ny: z' }] })), /value/)
  t.match(faultOf(answering({ statusText: 'OK\r\nx: y' })), /statusText/)
})

t.test('of many fixtures the first fifty are read', async (t) => {
  const many = Array.from({ length: LIMITS.fixtures + 10 }, (_, i) => [
    `fixtures/f${i}/case.json`,
    JSON.stringify(CASE),
  ])
  const { fixtures, faults } = readPackageFixtures(filesOf(Object.fromEntries(many)))
  t.equal(fixtures.length, LIMITS.fixtures)
  t.match(faults, [{ file: 'fixtures', message: /more than 50/ }])
})

t.test('cases that are large together are refused', async (t) => {
  const large = JSON.stringify({ ...CASE, input: 'x'.repeat(500_000) })
  const many = Array.from({ length: 6 }, (_, i) => [`fixtures/f${i}/case.json`, large])
  const { fixtures, faults } = readPackageFixtures(filesOf(Object.fromEntries(many)))
  t.equal(fixtures.length, 4)
  t.match(faults, [{ message: /together/ }, { message: /together/ }])
})
