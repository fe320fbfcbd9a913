import type { Test } from 'tap'
import { grant, openGate, outcomeOf } from '../../runtime/egress/open-gate.ts'
import { startUpstream } from '../../runtime/egress/start-upstream.ts'
import { openCarelessClient } from './careless-client.ts'
import { runIdeas } from './run-ideas.ts'

/** Stands for the public network here; everything else is inside. */
const OUTSIDE = '127.0.0.1'
const INSIDE = '127.0.0.2'
const NAME = 'api.erp.example'

/** A name that leads outside at first, and inside from then on. */
function turning(first = 1): () => string {
  let asked = 0
  return () => (asked++ < first ? OUTSIDE : INSIDE)
}

async function openTurningGate(t: Test, ports: readonly number[], first?: number) {
  const names = turning(first)
  return openGate(
    t,
    ports.map((port) => grant(NAME, port)),
    { allowPrivateRanges: [`${OUTSIDE}/32`], lookup: async () => [{ address: names(), family: 4 }] },
  )
}

/** A server outside and one inside, on the same port or on two. */
async function startBoth(t: Test, answer?: Parameters<typeof startUpstream>[1]) {
  const victim = await startUpstream(t, undefined, INSIDE)
  const outside = await startUpstream(t, answer, OUTSIDE)
  return { victim, outside }
}

runIdeas('names that turn round', [
  {
    title: 'outside when it is checked, inside when it is dialled',
    async control(t) {
      const { victim } = await startBoth(t)
      const names = turning()
      const checked = names() === OUTSIDE
      await openCarelessClient(t, names)(`http://${NAME}:${victim.port}/`)
      return checked && victim.requests.length === 1
        ? 'checked first and dialled later, it reached the inside'
        : undefined
    },
    async attack(t) {
      const { victim } = await startBoth(t)
      const gate = await openTurningGate(t, [victim.port])
      const url = `http://${NAME}:${victim.port}/`
      t.equal(
        outcomeOf(await gate.get(url)),
        'CONNECTION_FAILED',
        'the checked address is dialled, where nobody answers',
      )
      t.equal(outcomeOf(await gate.get(url)), 'EGRESS_DENIED', 'and the new one is checked')
      t.equal(victim.requests.length, 0)
    },
  },
  {
    title: 'outside for the first hop, inside for the redirect',
    async control(t) {
      const { victim, outside } = await startBoth(t, (_request, response) =>
        response.writeHead(302, { location: `http://${NAME}:${victim.port}/` }).end(),
      )
      await openCarelessClient(t, turning())(`http://${NAME}:${outside.port}/`)
      return victim.requests.length === 1 ? 'the redirect was followed inside' : undefined
    },
    async attack(t) {
      const { victim, outside } = await startBoth(t, (_request, response) =>
        response.writeHead(302, { location: `http://${NAME}:${victim.port}/` }).end(),
      )
      const gate = await openTurningGate(t, [outside.port, victim.port])
      t.equal(outcomeOf(await gate.get(`http://${NAME}:${outside.port}/`)), 'EGRESS_DENIED')
      t.equal(victim.requests.length, 0)
      t.equal(outside.requests.length, 1)
    },
  },
  {
    title: 'outside for one connection, inside for the next',
    async control(t) {
      const { victim, outside } = await startBoth(t)
      const client = openCarelessClient(t, turning())
      await client(`http://${NAME}:${outside.port}/`)
      await client(`http://${NAME}:${victim.port}/`)
      return victim.requests.length === 1 ? 'the second connection led inside' : undefined
    },
    async attack(t) {
      const { victim, outside } = await startBoth(t, (_request, response) => {
        response.writeHead(200, { connection: 'close' }).end('bye')
      })
      const gate = await openTurningGate(t, [outside.port, victim.port])
      const url = `http://${NAME}:${outside.port}/`
      t.equal(outcomeOf(await gate.get(url)), '200', 'control: outside it is reached')
      t.equal(outcomeOf(await gate.get(url)), 'EGRESS_DENIED', 'the same host and port, looked up anew')
      t.equal(outcomeOf(await gate.get(`http://${NAME}:${victim.port}/`)), 'EGRESS_DENIED')
      t.equal(victim.requests.length, 0)
    },
  },
  {
    title: 'inside again while a connection from before is kept',
    async control(t) {
      const { victim } = await startBoth(t)
      await openCarelessClient(t, () => INSIDE)(`http://${NAME}:${victim.port}/`)
      return victim.requests.length === 1 ? 'by name the inside is reached' : undefined
    },
    async attack(t) {
      const { victim, outside } = await startBoth(t)
      const gate = await openTurningGate(t, [outside.port])
      const url = `http://${NAME}:${outside.port}/`
      t.equal(outcomeOf(await gate.get(url)), '200')
      // The kept connection goes where it went; another one is checked.
      for (let i = 0; i < 3; i++) t.match(outcomeOf(await gate.get(url)), /^(200|EGRESS_DENIED)$/)
      t.equal(victim.requests.length, 0)
    },
  },
])
