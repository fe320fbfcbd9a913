import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ALL_SCOPES } from '@annex/sdk/scopes'
import t from 'tap'
import type { UserPrincipal } from '../../../runtime/permissions/principal.ts'
import { BACKGROUND_STEP_LIMITS } from '../../../runtime/sandbox/limits.ts'
import { sandboxChildrenOf } from '../../faults/children-of.ts'
import { openInvocations } from './open-invocations.ts'

const MB = 1024 * 1024
const PIECE = randomBytes(64 * 1024)
const PIECES = 800
const HOST = 'files.erp.example'

const reader: UserPrincipal = {
  kind: 'user',
  userId: 'usr_reader',
  organizationId: 'org_a',
  role: 'member',
  grants: ALL_SCOPES.map((scope) => ({ scope })),
}

t.test('a PDF of fifty megabytes becomes a document, and nobody holds it in memory', async (t) => {
  const runtime = await openInvocations(t, { overrides: { [HOST]: await startUpstream(t) } })
  const connector = runtime.install(
    `actions: {
      warm: { async run() { return 1 } },
      file: { async run(ctx) {
        const file = await ctx.fetch('https://${HOST}/plan.pdf', { as: 'file' })
        const { id, content } = await ctx.platform.documents.create({ file, name: 'Plan.pdf', category: 'PLAN' })
        return { id, content }
      } },
      whole: { async run(ctx) { return (await ctx.fetch('https://${HOST}/plan.pdf')).text() } },
    }`,
    { grants: [{ scope: 'write:documents' }], egress: [{ host: HOST, scheme: 'https', port: 443 }] },
  )
  const invoke = (name: string) =>
    runtime.invocations.invoke({
      organizationId: 'org_a',
      installationId: connector.id,
      handler: ['actions', name, 'run'],
      args: [],
      reason: 'action',
      limits: BACKGROUND_STEP_LIMITS,
    })
  t.match(await invoke('warm'), { ok: true })
  const before = childPeak()
  let outcome: Awaited<ReturnType<typeof invoke>> | undefined
  const grown = await mostGrowth(async () => {
    outcome = await invoke('file')
  })
  const size = PIECES * PIECE.length
  const digest = digestOf(Array(PIECES).fill(PIECE))
  t.match(outcome, { ok: true, value: { content: { size, type: 'application/pdf', digest } } })
  const childGrown = childPeak() - before
  t.comment(`the service's buffers grew by ${Math.round(grown / MB)} MB, the guest's process by ${childGrown / MB} MB`)
  t.ok(childGrown < 8 * MB, 'the guest has seen a handle')
  t.ok(grown < 25 * MB, 'the service has passed pieces on')

  const id = outcome?.ok ? (outcome.value as { id: string }).id : ''
  const content = await runtime.platform.content(reader, 'documents', id)
  if (!content.ok) throw new Error(content.error.message)
  const hash = createHash('sha256')
  for await (const chunk of content.value.open()) hash.update(chunk)
  t.equal(hash.digest('hex'), digest, 'byte for byte')
  t.match(await invoke('whole'), { ok: false, failure: { code: 'QUOTA_EXCEEDED' } }, 'control: not as text')
})

async function startUpstream(t: { teardown(end: () => unknown): void }) {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/pdf')
    void sendPieces(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return { address: '127.0.0.1', port: (server.address() as AddressInfo).port, scheme: 'http' as const }
}

async function sendPieces(response: ServerResponse): Promise<void> {
  async function* pieces() {
    for (let i = 0; i < PIECES; i++) yield PIECE
  }
  // Who asked may hang up before the end.
  await pipeline(pieces(), response).catch(() => response.destroy())
}

function digestOf(pieces: readonly Uint8Array[]): string {
  const hash = createHash('sha256')
  for (const piece of pieces) hash.update(piece)
  return hash.digest('hex')
}

/** The most that the sandbox's processes have ever had resident, in bytes. */
function childPeak(): number {
  const peaks = sandboxChildrenOf(process.pid).map((pid) => {
    const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return Number(kilobytes ?? 0) * 1024
  })
  return Math.max(0, ...peaks)
}

/** The most that live buffers took on top while `work` ran: what is garbage already does not count. */
async function mostGrowth(work: () => Promise<void>): Promise<number> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const live = () => {
    // Twice: what the first frees is counted until the second has waited for its sweeper.
    collect()
    collect()
    return process.memoryUsage().arrayBuffers
  }
  const from = live()
  let most = 0
  const timer = setInterval(() => {
    most = Math.max(most, live() - from)
  }, 300)
  await work()
  clearInterval(timer)
  return most
}
