import { once } from 'node:events'
import { createServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import t, { type Test } from 'tap'
import { type Authority, lockKey, makeAuthority } from './make-certificates.ts'
import { grant, openGate, outcomeOf, textOf } from './open-gate.ts'

interface Met {
  path: string
  /** The name in the client's certificate, if it showed one. */
  client: string | undefined
  /** The client's port: one to a connection. */
  from: number | undefined
}

/** A TLS server that asks for a client certificate; `/to?…` redirects there. */
async function startBank(t: Test, authority: Authority, names: readonly string[], options: ServerOptions = {}) {
  const met: Met[] = []
  const { certificate: cert, privateKey: key } = authority.issue(names)
  const tls = { cert, key, ca: authority.ca, requestCert: true, rejectUnauthorized: true, ...options }
  const server = createServer(tls, (request, response) => {
    const socket = request.socket as TLSSocket
    const { pathname, search } = new URL(request.url ?? '', 'https://x')
    const name = socket.getPeerCertificate().subject?.CN
    met.push({ path: pathname, client: [name].flat()[0], from: socket.remotePort })
    if (pathname === '/to') response.writeHead(302, { location: decodeURIComponent(search.slice(1)) }).end()
    else response.end('account')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, met }
}

const bind = (values: Record<string, string>, host = 'api.bank.example') => ({
  injection: { host, in: 'mtls' as const },
  values,
})

t.test('shows the client certificate to the host that it is bound to', async (t) => {
  const folder = t.testdir()
  const authority = makeAuthority(folder)
  const bank = await startBank(t, authority, ['api.bank.example'])
  const gate = await openGate(t, [grant('api.bank.example', bank.port, 'https')], { extraCa: [authority.ca] })
  const url = `https://api.bank.example:${bank.port}/accounts`
  const client = authority.issue(['customer-7'])
  t.match(await gate.get(url), { ok: false, error: { code: 'CONNECTION_FAILED' } }, 'control: the bank asks for one')
  t.equal(outcomeOf(await gate.get(url, { injections: [bind({ ...client })] })), '200')
  const passphrase = 'open sesame'
  const locked = { ...client, privateKey: lockKey(folder, client, passphrase), passphrase }
  t.equal(outcomeOf(await gate.get(url, { injections: [bind(locked)] })), '200', 'an encrypted key with its passphrase')
  t.same(
    bank.met.map(({ client }) => client),
    ['customer-7', 'customer-7'],
  )
})

t.test('trusts an authority only if the operator named it', async (t) => {
  const authority = makeAuthority(t.testdir())
  const open = await startBank(t, authority, ['api.bank.example'], { requestCert: false })
  const url = `https://api.bank.example:${open.port}/`
  const grants = [grant('api.bank.example', open.port, 'https'), grant('wrong.example', open.port, 'https')]
  const named = await openGate(t, grants, { extraCa: [authority.ca] })
  t.equal(outcomeOf(await named.get(url)), '200', 'control')
  t.match(textOf(await named.get(`https://wrong.example:${open.port}/`)), /ERR_TLS_CERT_ALTNAME_INVALID/)
  const plain = await openGate(t, grants)
  t.match(textOf(await plain.get(url)), /UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN/)
  t.equal(open.met.length, 1)
})

t.test('a connection with a certificate carries no other request, and none without one its', async (t) => {
  const authority = makeAuthority(t.testdir())
  const bank = await startBank(t, authority, ['api.bank.example'], { rejectUnauthorized: false })
  const gate = await openGate(t, [grant('api.bank.example', bank.port, 'https')], { extraCa: [authority.ca] })
  const url = `https://api.bank.example:${bank.port}/`
  const [one, two] = [authority.issue(['one']), authority.issue(['two'])]
  const as = (certificate: object) => ({ injections: [bind({ ...certificate } as Record<string, string>)] })
  for (let round = 0; round < 3; round++) {
    await gate.get(url, as(one))
    await gate.get(url)
    await gate.get(url, as(two))
    await gate.get(url, { ...as(one), organizationId: 'org_b' })
  }
  t.same(
    bank.met.slice(-4).map(({ client }) => client),
    ['one', undefined, 'two', 'one'],
  )
  const users = new Map<number | undefined, Set<string>>()
  for (const [index, { from, client }] of bank.met.entries()) {
    users.set(from, (users.get(from) ?? new Set()).add(`${client} ${index % 4 === 3 ? 'b' : 'a'}`))
  }
  t.ok(
    [...users.values()].every((who) => who.size === 1),
    'each connection had one user',
  )
  t.equal(users.size, 4, 'control: connections are kept and used again')
})

t.test('a redirect to another host does not take the certificate along', async (t) => {
  const authority = makeAuthority(t.testdir())
  const bank = await startBank(t, authority, ['api.bank.example', 'other.example'], { rejectUnauthorized: false })
  const grants = ['api.bank.example', 'other.example'].map((host) => grant(host, bank.port, 'https'))
  const gate = await openGate(t, grants, { extraCa: [authority.ca] })
  const injections = [bind({ ...authority.issue(['customer']) })]
  const to = (host: string) =>
    `https://api.bank.example:${bank.port}/to?${encodeURIComponent(`https://${host}:${bank.port}/end`)}`
  t.equal(outcomeOf(await gate.get(to('api.bank.example'), { injections })), '200')
  t.equal(outcomeOf(await gate.get(to('other.example'), { injections })), '200')
  t.same(
    bank.met.map(({ path, client }) => `${path} ${client}`),
    ['/to customer', '/end customer', '/to customer', '/end undefined'],
  )
})

t.test('refuses a certificate that is missing, broken or would go in the clear', async (t) => {
  const authority = makeAuthority(t.testdir())
  const bank = await startBank(t, authority, ['api.bank.example'])
  const grants = [grant('api.bank.example', bank.port, 'https'), grant('api.bank.example', bank.port, 'http')]
  const gate = await openGate(t, grants, { extraCa: [authority.ca] })
  const url = `https://api.bank.example:${bank.port}/`
  const [one, two] = [authority.issue(['one']), authority.issue(['two'])]
  const broken: Record<string, Record<string, string>> = {
    nothing: {},
    'no key': { certificate: one.certificate },
    'no PEM': { certificate: 'x', privateKey: 'SECRET-KEY-TEXT' },
    'the key of another': { certificate: one.certificate, privateKey: two.privateKey },
    'no passphrase': { ...one, privateKey: lockKey(t.testdir({ k: {} }), one, 'word') },
  }
  for (const [what, values] of Object.entries(broken)) {
    const result = await gate.get(url, { injections: [bind(values)] })
    t.equal(outcomeOf(result), 'AUTHENTICATION_FAILED', what)
    t.notMatch(JSON.stringify(result), /SECRET-KEY-TEXT|BEGIN|PEM/)
  }
  const plain = await gate.get(url.replace('https', 'http'), { injections: [bind({ ...one })] })
  t.match(textOf(plain), /needs https/)
  t.equal(bank.met.length, 0)
})
