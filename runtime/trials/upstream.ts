import type { Lookup } from '../egress/bounded-lookup.ts'
import type { EgressOverride } from '../egress/send-hop.ts'
import type { RecordedExchange } from './recorded-exchange.ts'
import { startReplayServer } from './replay-server.ts'

/** What stands at the far end of `fetch` in a local run. The way there is the egress gate of production. */
export interface Upstream {
  /** Hosts that are served on this machine. */
  overrides: Readonly<Record<string, EgressOverride>>
  /** How other names become addresses; the system's way when absent. */
  lookup?: Lookup
  close(): Promise<void>
}

/** The recording of a fixture, and nothing else: no other name has an address. */
export async function recordedUpstream(exchange: RecordedExchange): Promise<Upstream> {
  const { port, close } = await startReplayServer(exchange)
  return {
    overrides: localOverrides(exchange.hosts, port),
    lookup: async (host) => {
      exchange.unanswered.push(`${host}: no request to this host is recorded`)
      throw new Error(`${host} is not in the recording`)
    },
    close,
  }
}

/** All of `hosts` at one server on the loopback interface. */
export function localOverrides(hosts: readonly string[], port: number): Record<string, EgressOverride> {
  return Object.fromEntries(hosts.map((host) => [host, { address: '127.0.0.1', port, scheme: 'http' }]))
}
