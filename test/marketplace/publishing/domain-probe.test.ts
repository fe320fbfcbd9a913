import type { ServerResponse } from 'node:http'
import t from 'tap'
import { createDomainProbe, placeOf } from '../../../marketplace/publishing/domain-probe.ts'
import { createTxtLookup } from '../../../marketplace/publishing/txt-lookup.ts'
import { createEgress, type EgressDependencies } from '../../../runtime/egress/egress.ts'
import { createLog } from '../../../runtime/log.ts'
import { openTestAudit } from '../../runtime/audit/open-test-audit.ts'
import { startUpstream } from '../../runtime/egress/start-upstream.ts'
import { type DnsAnswer, startNameServer } from './start-name-server.ts'

const SOUGHT = { publisher: 'acme', domain: 'acme.com', token: 'abc' }
const LINE = 'annex-verification=abc'
const NAME = '_annex-challenge.acme.com'

type Test = Parameters<typeof openTestAudit>[0]

async function egressOf(t: Test, deps: Partial<EgressDependencies>) {
  const egress = createEgress({ ...(await openTestAudit(t)), log: createLog('silent'), ...deps })
  t.teardown(() => egress.close())
  return egress
}

t.test('TXT records', async (t) => {
  const server = await startNameServer(t)
  const egress = await egressOf(t, {})
  const probe = createDomainProbe({ egress, lookupTxt: createTxtLookup([server.address]), lookMs: 300 })
  const look = (answer: DnsAnswer) => {
    server.answers.set(NAME, answer)
    return probe({ ...SOUGHT, method: 'dns' })
  }

  t.test('the line is found among others, and in pieces', async (t) => {
    t.equal(placeOf({ ...SOUGHT, method: 'dns' }).place, NAME)
    for (const answer of [[[LINE]], [['v=spf1 -all'], [LINE]], [['annex-veri', 'fication=abc']], [[` ${LINE} `]]])
      t.same(await look(answer), { seen: 'present' }, JSON.stringify(answer))
  })

  t.test('an answer without it is an answer', async (t) => {
    for (const answer of [
      [['annex-verification=abd']],
      [['annex-verification=abcd']],
      [['annex-verification='], ['abc']],
      [['']],
      'no-such-name',
      'no-data',
    ] as const)
      t.match(await look(answer), { seen: 'absent', why: String }, JSON.stringify(answer))
  })

  t.test('trouble proves nothing', async (t) => {
    for (const answer of ['failure', 'silence'] as const)
      t.match(await look(answer), { seen: 'unknown', why: /gave no answer/ }, answer)
    const nobody = createDomainProbe({ egress, lookupTxt: createTxtLookup(['127.0.0.1:1']), lookMs: 300 })
    t.match(await nobody({ ...SOUGHT, method: 'dns' }), { seen: 'unknown' })
  })
})

t.test('the file at the well-known place', async (t) => {
  let answer: (response: ServerResponse) => void = (response) => response.end()
  const upstream = await startUpstream(t, (_request, response) => answer(response))
  const to = { address: '127.0.0.1', port: upstream.port, scheme: 'http' } as const
  const overrides = { 'acme.com': to, 'www.acme.com': to }
  const lookup = async () => [{ address: '10.0.0.1', family: 4 }]
  const egress = await egressOf(t, { overrides, lookup })
  const probe = createDomainProbe({ egress, lookupTxt: createTxtLookup(['127.0.0.1:1']), lookMs: 300 })
  const look = (how: typeof answer, domain = 'acme.com') => {
    answer = how
    return probe({ ...SOUGHT, domain, method: 'well-known' })
  }
  const body = (text: string) => (response: ServerResponse) => response.end(text)
  const status = (code: number) => (response: ServerResponse) => response.writeHead(code).end(LINE)
  const redirect = (location: string) => (response: ServerResponse) => response.writeHead(302, { location }).end()

  t.test('the line is found, alone or among others', async (t) => {
    for (const text of [LINE, `${LINE}\n`, `# ours\r\n${LINE}\r\n`])
      t.same(await look(body(text)), { seen: 'present' }, JSON.stringify(text))
    t.match(upstream.requests.at(-1), { method: 'GET', url: '/.well-known/annex-verification.txt' })
    t.equal(upstream.requests.at(-1)?.headers.host, 'acme.com')
  })

  t.test('an answer without it is an answer', async (t) => {
    for (const text of ['', 'annex-verification=abd', `x${LINE}`, `<p>${LINE}</p>`])
      t.match(await look(body(text)), { seen: 'absent' }, JSON.stringify(text))
    for (const code of [404, 410]) t.match(await look(status(code)), { seen: 'absent' }, String(code))
  })

  t.test('a long file counts as one without it', async (t) => {
    t.same(await look(body(`${LINE}\n${'x'.repeat(4096 - LINE.length - 1)}`)), { seen: 'present' })
    const long = await look(body(`${LINE}\n${'x'.repeat(4096)}`))
    t.match(long, { seen: 'absent', why: /longer than 4096/ })
    t.match(await look(body(`${LINE}\n${'x'.repeat(20_000_000)}`)), { seen: 'absent' })
  })

  t.test('another host proves nothing for this one', async (t) => {
    for (const place of [
      'https://www.acme.com/x',
      'https://evil.example/',
      'http://acme.com/',
      'https://acme.com:8443/',
    ])
      t.match(await look(redirect(place)), { seen: 'absent', why: /redirect/ }, place)
    let sent = false
    const inside = (response: ServerResponse) => {
      const how = sent ? body(LINE) : redirect('/elsewhere.txt')
      sent = true
      how(response)
    }
    t.same(await look(inside), { seen: 'present' }, 'within the host it may move')
  })

  t.test('an address that nobody else reaches is never dialled', async (t) => {
    t.match(await look(body(LINE), 'inside.com'), { seen: 'absent', why: /not public/ })
  })

  t.test('trouble proves nothing', async (t) => {
    for (const code of [403, 429, 500, 503]) t.match(await look(status(code)), { seen: 'unknown' }, String(code))
    t.match(await look((response) => response.destroy()), { seen: 'unknown' }, 'a connection that breaks')
    t.match(await look(() => {}), { seen: 'unknown' }, 'silence')
    t.match(await look((response) => void response.writeHead(200).write(LINE)), { seen: 'unknown' }, 'half an answer')
  })
})
