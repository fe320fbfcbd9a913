import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'

/** An upstream that answers every request at once, but the ones to `/gate`: those wait to be let through. */
export interface HeldUpstream {
  port: number
  /** Hosts that were asked for anything but the gate, in order. */
  readonly hosts: readonly string[]
  /** Resolves when the next request stands at the gate; its function lets it through. */
  arrival(): Promise<() => void>
}

export async function startHeldUpstream(t: Pick<Test, 'teardown'>): Promise<HeldUpstream> {
  const hosts: string[] = []
  const standing: ServerResponse[] = []
  let told: (() => void) | undefined
  const server = createServer((request, response) => {
    if (request.url !== '/gate') {
      hosts.push(request.headers.host ?? '')
      return void response.end('{}')
    }
    standing.push(response)
    told?.()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise<void>((resolve) => server.close(() => resolve()))
  })
  return {
    port: (server.address() as AddressInfo).port,
    hosts,
    async arrival() {
      while (standing.length === 0)
        await new Promise<void>((resolve) => {
          told = resolve
        })
      const response = standing.shift()
      return () => void response?.end('{}')
    },
  }
}
