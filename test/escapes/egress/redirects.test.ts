import type { Test } from 'tap'
import { grant, openGate, outcomeOf } from '../../runtime/egress/open-gate.ts'
import { startUpstream, type Upstream } from '../../runtime/egress/start-upstream.ts'
import { openCarelessClient } from './careless-client.ts'
import { type Idea, runIdeas } from './run-ideas.ts'

const HOST = 'api.erp.example'
const request = {
  method: 'POST',
  headers: [['Authorization', 'Bearer of-the-guest'] as const, ['Content-Type', 'text/plain'] as const],
  body: Buffer.from('payroll'),
}

/** A granted server that sends the request on to `to`, and the server that it would reach. */
async function startPair(t: Test, status: number, to: (port: number) => string) {
  const victim = await startUpstream(t)
  const granted = await startUpstream(t, (_request, response) =>
    response.writeHead(status, { location: to(victim.port) }).end(),
  )
  return { victim, granted, url: `http://${HOST}:${granted.port}/` }
}

function redirect(title: string, status: number, to: (port: number) => string): Idea {
  return {
    title,
    async control(t) {
      const { victim, url } = await startPair(t, status, to)
      const { method, body } = request
      await openCarelessClient(t)(url, { method, body, headers: request.headers.map(([...pair]) => pair) })
      return victim.requests.length === 1
        ? `it was followed with ${JSON.stringify(victim.requests[0]?.body)}`
        : undefined
    },
    async attack(t) {
      const { victim, granted, url } = await startPair(t, status, to)
      const gate = await openGate(t, [grant(HOST, granted.port)], {
        allowPrivateRanges: [],
        overrides: overridesTo(granted),
      })
      t.equal(outcomeOf(await gate.get(url, { request: { ...request, url } })), 'EGRESS_DENIED')
      t.equal(granted.requests.length, 1, 'the first hop was granted')
      t.equal(victim.requests.length, 0, 'the second one was not')
      t.match((await gate.audit.list('org_a')).data, [{ outcome: 'refused', details: { sent: 7 } }])
    },
  }
}

/** The one address that the operator opened: only for the granted name. */
function overridesTo({ port }: Upstream) {
  return { [HOST]: { address: '127.0.0.1', port, scheme: 'http' as const } }
}

runIdeas('redirects out of the grant', [
  redirect('to a name that is not granted', 302, (port) => `http://intranet.example:${port}/`),
  redirect('to a name that is not granted, body and all', 307, (port) => `http://intranet.example:${port}/`),
  redirect('to this machine', 302, (port) => `http://127.0.0.1:${port}/`),
  redirect('to this machine, as a number', 301, (port) => `http://2130706433:${port}/`),
  redirect('to this machine on IPv6, body and all', 308, (port) => `http://[::ffff:7f00:1]:${port}/`),
  redirect('without a scheme', 303, (port) => `//intranet.example:${port}/`),
  redirect('with backslashes', 302, (port) => `\\\\intranet.example:${port}/`),
  redirect('to another port of the granted host', 302, (port) => `http://${HOST}:${port}/`),
])

runIdeas('redirects that take something along', [
  {
    title: 'the guest’s own authorization, to another granted host',
    async control(t) {
      const { victim, url } = await startPair(t, 307, (port) => `http://other.example:${port}/`)
      // What a client does that follows by hand and sends the same headers again.
      const client = openCarelessClient(t)
      const headers = Object.fromEntries(request.headers)
      const answer = await client(url, { headers, redirect: 'manual' })
      await client(answer.headers.get('location') ?? '', { headers })
      return victim.requests[0]?.headers.authorization
    },
    async attack(t) {
      const { victim, granted, url } = await startPair(t, 307, (port) => `http://other.example:${port}/`)
      const gate = await openGate(t, [grant(HOST, granted.port), grant('other.example', victim.port)])
      t.equal(outcomeOf(await gate.get(url, { request: { ...request, url } })), '200')
      t.match(victim.requests, [{ body: 'payroll' }])
      t.equal(victim.requests[0]?.headers.authorization, undefined)
    },
  },
  {
    title: 'an injected credential, to another granted host',
    async control(t) {
      const { victim, url } = await startPair(t, 302, (port) => `http://other.example:${port}/`)
      await openCarelessClient(t)(url, { headers: { 'x-key': 'of-the-customer' } })
      return victim.requests[0]?.headers['x-key'] as string | undefined
    },
    async attack(t) {
      const { victim, granted, url } = await startPair(t, 302, (port) => `http://other.example:${port}/`)
      const gate = await openGate(t, [grant(HOST, granted.port), grant('other.example', victim.port)])
      const injection = { host: HOST, in: 'header', name: 'X-Key', template: '{{apiKey}}' } as const
      await gate.get(url, { injections: [{ injection, values: { apiKey: 'of-the-customer' } }] })
      t.equal(granted.requests[0]?.headers['x-key'], 'of-the-customer')
      t.notMatch(JSON.stringify(victim.requests), /of-the-customer/)
      t.equal(victim.requests.length, 1)
    },
  },
  {
    title: 'the patience of the one who asks',
    async control(t) {
      let hops = 0
      const loop = await startUpstream(t, (_request, response) =>
        response.writeHead(302, { location: `/${++hops}` }).end(),
      )
      await openCarelessClient(t)(`http://${HOST}:${loop.port}/`).catch(() => undefined)
      return loop.requests.length > 10 ? `${loop.requests.length} requests for one` : undefined
    },
    async attack(t) {
      let hops = 0
      const loop = await startUpstream(t, (_request, response) =>
        response.writeHead(302, { location: `/${++hops}` }).end(),
      )
      const gate = await openGate(t, [grant(HOST, loop.port)])
      t.equal(outcomeOf(await gate.get(`http://${HOST}:${loop.port}/`)), 'EGRESS_DENIED')
      t.equal(loop.requests.length, 4)
      t.equal((await gate.audit.list('org_a')).data.length, 1, 'one row for all of it')
    },
  },
])
