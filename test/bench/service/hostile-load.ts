import { setTimeout as sleep } from 'node:timers/promises'
import { textAt, valueAt } from '../../faults/client.ts'
import { type BenchLine, benchLine } from '../bench-line.ts'
import { p99, quantile } from '../quantile.ts'
import { type AnnexService, type Person, withAnnex } from './annex-service.ts'
import { ATTACKS, type Attack, HOSTILE, hostilePackage } from './hostile-package.ts'
import { approve, installFor, upload } from './publish.ts'
import { healthDuring } from './watch-health.ts'

const HOSTILE_ORGANIZATIONS = 8
const IDLE_MS = 5_000
const LOADED_MS = 15_000
/** A refused start, of an open circuit say, is not asked again at once. */
const PAUSE_MS = 20

/** How long `/health` takes while hostile extensions of eight organizations run over and over. */
export async function hostileLoad(): Promise<BenchLine[]> {
  return withAnnex(async (service) => {
    await publishHostile(service)
    const attackers = await Promise.all(Array.from({ length: HOSTILE_ORGANIZATIONS }, (_, i) => attacker(service, i)))
    const idle = await healthDuring(service.url, () => sleep(IDLE_MS))
    const ends: Record<string, number> = {}
    const until = performance.now() + LOADED_MS
    const loaded = await healthDuring(service.url, () =>
      Promise.all(attackers.map((person) => attack(person, until, ends))),
    )
    const told = Object.entries(ends).map(([end, times]) => `${times} ${end}`)
    return [
      benchLine('/health p99 while 8 hostile extensions run', 'ms', p99(loaded), {
        peer: { value: p99(idle), against: 'the same service at rest' },
        goal: { of: 'ours', atMost: 20 },
        note: `median ${quantile(loaded, 0.5).toFixed(1)}, slowest ${Math.max(...loaded).toFixed(1)} ms; runs ended ${told.join(', ')}`,
      }),
    ]
  })
}

async function publishHostile({ operator, register }: AnnexService): Promise<void> {
  const author = await register('mallory')
  const reviewer = await register('reviewer')
  await operator.expect('PUT', `/api/admin/users/${reviewer.userId}/roles`, { platformRoles: ['reviewer'] })
  await author.expect('POST', '/api/marketplace/publishers', { slug: 'acme', displayName: 'Acme' })
  await approve(reviewer, await upload(author, hostilePackage()))
}

/** An organization with the extension in it, set to one of the attacks. */
async function attacker({ register }: AnnexService, index: number): Promise<Person> {
  const admin = await register(`victim-${index}`)
  const names = Object.keys(ATTACKS) as Attack[]
  await admin.expect('POST', '/api/integrations', {
    name: 'Hostile',
    slug: 'hostile',
    connectorId: await installFor(admin, HOSTILE),
    config: { attack: names[index % names.length] },
    credentials: { apiKey: 'k-123456' },
    streams: {
      sites: {
        direction: 'INBOUND',
        resource: 'chantiers',
        fieldMappings: [{ sourceField: 'name', targetField: 'name' }],
      },
    },
  })
  return admin
}

async function attack(admin: Person, until: number, ends: Record<string, number>): Promise<void> {
  while (performance.now() < until) {
    const answer = await admin.call('POST', '/api/integrations/hostile/test')
    const end = answer.status === 200 ? endOf(valueAt(answer, 'steps')) : textAt(answer, 'code')
    ends[end] = (ends[end] ?? 0) + 1
    if (answer.status !== 200) await sleep(PAUSE_MS)
  }
}

function endOf(steps: unknown): string {
  const last = (steps as { name: string; ok: boolean; code?: string }[]).at(-1)
  return last?.ok ? `well (${last.name})` : (last?.code ?? 'without a word')
}
