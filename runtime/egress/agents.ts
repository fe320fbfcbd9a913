import type { LookupFunction } from 'node:net'
import { Agent } from 'undici'
import type { AddressPolicy } from './address.ts'
import { createBoundedLookup, type Lookup } from './bounded-lookup.ts'
import { DenialError, denial } from './denial.ts'
import { MAX_RESPONSE_HEADER_BYTES } from './egress-limits.ts'

/** Connections to upstreams, kept apart by organization. */
export interface Agents {
  of(organizationId: string): Agent
  close(): Promise<void>
}

/** Organizations whose idle connections are kept; beyond, the one that came first loses them. */
const MAX_AGENTS = 256

/**
 * Agents that dial only what the policy lets pass. The check sits in the connection's own look-up: what was checked is
 * what is dialled, so that a name that answers differently a moment later (DNS rebinding) gains nothing. One agent per
 * organization: a connection that one tenant put into an odd state is never another's.
 */
export function createAgents(addresses: AddressPolicy, lookup: Lookup): Agents {
  const agents = new Map<string, Agent>()
  const bounded = createBoundedLookup(lookup)
  return {
    of(organizationId) {
      const present = agents.get(organizationId)
      if (present) return present
      const [oldest] = agents
      if (oldest && agents.size >= MAX_AGENTS) {
        agents.delete(oldest[0])
        void oldest[1].close()
      }
      // HTTP/1.1 only: one request, one connection, and limits that are well understood.
      const agent = new Agent({
        allowH2: false,
        pipelining: 1,
        maxHeaderSize: MAX_RESPONSE_HEADER_BYTES,
        connect: { lookup: pinnedLookup(addresses, (host) => bounded(organizationId, host)) },
      })
      agents.set(organizationId, agent)
      return agent
    },
    async close() {
      const all = [...agents.values()]
      agents.clear()
      await Promise.all(all.map((agent) => agent.destroy()))
    },
  }
}

/** Refuses a name when any of its addresses is refused: a mixture is what an attack looks like. */
function pinnedLookup(addresses: AddressPolicy, lookup: Lookup): LookupFunction {
  return (host, options, done) => {
    lookup(host).then(
      (found) => {
        const refused = found.map(({ address }) => addresses.refuse(address)).find((reason) => reason !== undefined)
        const [first] = found
        if (refused !== undefined) done(notPublic(host, refused), '')
        else if (!first) done(new Error('no address'), '')
        else if (options.all) done(null, [...found])
        else done(null, first.address, first.family)
      },
      (error: Error) => done(error, ''),
    )
  }
}

function notPublic(host: string, reason: string): DenialError {
  return new DenialError(
    denial('EGRESS_DENIED', 'address-not-public', `${host} resolves to an address that is not public (${reason})`),
  )
}
