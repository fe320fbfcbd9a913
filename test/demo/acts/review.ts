import { listAt, must, type Scene } from '../scene.ts'
import { tell } from '../tell.ts'

/** A reviewer claims what waits, reads what it asks for, and approves exactly these bytes. */
export async function review({ reviewer }: Scene): Promise<void> {
  const queue = listAt(await reviewer.expect('GET', '/api/marketplace/reviews'), 'data')
  must(queue.length === 2, `two reviews wait, not ${queue.length}`)
  for (const item of queue) {
    const id = String(item.id)
    const { body } = await reviewer.expect('POST', `/api/marketplace/reviews/${id}/claim`)
    const claimed = body as Record<string, unknown>
    tell.line(`Remy claims ${claimed.extension} ${claimed.version} (SHA-256 ${String(claimed.digest).slice(0, 12)}…)`)
    const open = listAt(await reviewer.expect('GET', `/api/marketplace/reviews/${id}`), 'open')
    for (const { rule, message } of open) tell.line(`  ${rule} wants a look: ${message}; she has looked`)
    const waivers = [...new Set(open.map(({ rule }) => rule))].map((rule) => ({ rule, reason: 'Looked at, and meant' }))
    const verdict = { verdict: 'approve', digest: claimed.digest, reasons: ['Does what it says'], waivers }
    await reviewer.expect('POST', `/api/marketplace/reviews/${id}/verdict`, verdict)
    tell.good(`approved and published`)
  }
  const catalog = listAt(await reviewer.expect('GET', '/api/marketplace/catalog?q=costructor'), 'data')
  must(catalog.length === 1, 'a search for costructor finds the connector')
}
