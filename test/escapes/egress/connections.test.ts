import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { CONNECTION_LIMITS } from '../../../runtime/egress/egress-limits.ts'
import { grant, openGate, outcomeOf } from '../../runtime/egress/open-gate.ts'
import { openCarelessClient } from './careless-client.ts'
import { startRawServer } from './raw-server.ts'
import { runIdeas } from './run-ideas.ts'

const NAMES = 400
/** What this process spends on one organization's idle connections. */
const MOST = 260

/** Longer than the gate keeps an idle connection. */
const AFTER_MS = CONNECTION_LIMITS.keepAliveMaxTimeout + 2_000
let stillOpen = -1

/** A server that wants every connection kept for an hour. */
const startClinging = (t: Test) =>
  startRawServer(t, (socket) =>
    socket.write(
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nKeep-Alive: timeout=3600\r\nConnection: keep-alive\r\n\r\nok',
    ),
  )

runIdeas('connections that stay', [
  {
    title: 'one server under many names, each kept open',
    async control(t) {
      const server = await startClinging(t)
      const client = openCarelessClient(t)
      for (let i = 0; i < NAMES; i++) await (await client(`http://n${i}.erp.example:${server.port}/`)).text()
      return server.open() > MOST ? `${server.open()} connections stayed open` : undefined
    },
    async attack(t) {
      const server = await startClinging(t)
      const gate = await openGate(t, [grant('*.erp.example', server.port)])
      const outcomes: string[] = []
      for (let i = 0; i < NAMES; i++)
        outcomes.push(outcomeOf(await gate.get(`http://n${i}.erp.example:${server.port}/`)))
      t.ok(server.open() <= MOST, `${server.open()} are open`)
      t.same([...new Set(outcomes)], ['200', 'QUOTA_EXCEEDED'])
      const other = await gate.get(`http://n0.erp.example:${server.port}/`, { organizationId: 'org_b' })
      t.equal(outcomeOf(other), '200', 'another organization has its own')
    },
  },
  {
    title: 'an upstream that wants its connection kept for an hour',
    async control(t) {
      const servers = { careless: await startClinging(t), gated: await startClinging(t) }
      const gate = await openGate(t, [grant('api.erp.example', servers.gated.port)])
      await (await openCarelessClient(t)(`http://api.erp.example:${servers.careless.port}/`)).text()
      t.equal(outcomeOf(await gate.get(`http://api.erp.example:${servers.gated.port}/`)), '200')
      t.equal(servers.gated.open(), 1)
      // Both are looked at after the same wait, as it is a long one.
      await sleep(AFTER_MS)
      stillOpen = servers.gated.open()
      return servers.careless.open() === 1 ? 'it is open after seconds without use' : undefined
    },
    async attack(t) {
      t.equal(stillOpen, 0)
    },
  },
])
