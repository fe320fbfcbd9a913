import type { LookupFunction } from 'node:net'
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls'
import { Agent } from 'undici'
import type { AddressPolicy } from './address.ts'
import { createBoundedLookup, type Lookup } from './bounded-lookup.ts'
import { type ClientCertificate, certificateId, contextWith } from './client-certificate.ts'
import { DenialError, denial } from './denial.ts'
import { CONNECTION_LIMITS, MAX_RESPONSE_HEADER_BYTES } from './egress-limits.ts'

/** Connections to upstreams, kept apart by organization and by the certificate that they show. */
export interface Agents {
  /** Throws `DenialError` when the certificate cannot be read. */
  of(organizationId: string, certificate?: ClientCertificate): Agent
  close(): Promise<void>
}

export interface AgentsDependencies {
  addresses: AddressPolicy
  lookup: Lookup
  /** Certificate authorities (PEM) that are trusted besides Node's own. */
  extraCa: readonly string[]
}

/**
 * Agents that dial only what the policy lets pass. The check sits in the connection's own look-up: what was checked is
 * what is dialled, so that a name that answers differently a moment later (DNS rebinding) gains nothing. One agent per
 * organization: a connection that one tenant put into an odd state is never another's. One more per client certificate:
 * a connection that speaks for somebody never carries the request of anybody else.
 */
export function createAgents({ addresses, lookup, extraCa }: AgentsDependencies): Agents {
  const agents = new Map<string, Agent>()
  const bounded = createBoundedLookup(lookup)
  const ca = extraCa.length === 0 ? [] : [...getCACertificates('default'), ...extraCa]
  const plain = ca.length === 0 ? undefined : createSecureContext({ ca })

  function add(key: string, organizationId: string, secureContext: SecureContext | undefined): Agent {
    // HTTP/1.1 only: one request, one connection, and limits that are well understood.
    const agent = new Agent({
      ...CONNECTION_LIMITS,
      allowH2: false,
      pipelining: 1,
      maxHeaderSize: MAX_RESPONSE_HEADER_BYTES,
      connect: {
        lookup: pinnedLookup(addresses, (host) => bounded(organizationId, host)),
        ...(secureContext ? { secureContext } : {}),
      },
    })
    agents.set(key, agent)
    return agent
  }

  return {
    of(organizationId, certificate) {
      const key = certificate ? `${organizationId} ${certificateId(certificate)}` : organizationId
      const present = agents.get(key)
      if (present) {
        // To the end of the line: the first one is what was used longest ago.
        agents.delete(key)
        agents.set(key, present)
        return present
      }
      const secureContext = certificate ? contextWith(certificate, ca) : plain
      const [oldest] = agents
      if (oldest && agents.size >= MAX_AGENTS) {
        agents.delete(oldest[0])
        void oldest[1].close()
      }
      return add(key, organizationId, secureContext)
    },
    async close() {
      const all = [...agents.values()]
      agents.clear()
      await Promise.all(all.map((agent) => agent.destroy()))
    },
  }
}

/** Agents whose idle connections are kept; beyond, the one used longest ago loses them. */
const MAX_AGENTS = 256

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
