import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { createKillFollower } from '../../marketplace/kill-list/kill-follower.ts'
import { createKillList } from '../../marketplace/kill-list/kill-list.ts'
import { killListCollections } from '../../marketplace/kill-list/kill-list-collections.ts'
import { publishingCollections } from '../../marketplace/publishing/publishing-collections.ts'
import { createSigning } from '../../marketplace/publishing/signing/signing.ts'
import { signingCollections } from '../../marketplace/publishing/signing/signing-collections.ts'
import { createAudit } from '../../runtime/audit/audit.ts'
import { auditCollections } from '../../runtime/audit/audit-documents.ts'
import { systemClock } from '../../runtime/clock.ts'
import { createIds } from '../../runtime/ids.ts'
import { jobsCollections } from '../../runtime/jobs/job.ts'
import { createJobs } from '../../runtime/jobs/jobs.ts'
import { createLog } from '../../runtime/log.ts'
import { createSecretBox } from '../../runtime/secrets/secret-box.ts'
import { openStore } from '../../runtime/storage/open-store.ts'
import { quickStartEnvironment } from '../runner/quick-start-environment.ts'
import { eventually } from './eventually.ts'
import { type StartedProcess, startProcess } from './started-process.ts'
import { testEngine } from './test-engine.ts'

const NODE = fileURLToPath(new URL('./kill-node.ts', import.meta.url))
const PROMISED_MS = 1_000
const DIGEST = 'ab'.repeat(32)

/** The marketplace's own process, which writes the list. */
async function openWriter(t: Test) {
  const { engine } = testEngine(t, t.testdir())
  const clock = systemClock
  const ids = createIds(Date.now)
  const collections = [
    ...[...auditCollections, ...jobsCollections],
    ...[...publishingCollections, ...signingCollections, ...killListCollections],
  ]
  const store = await openStore({ engine, collections, clock, ids })
  const key = randomBytes(32)
  const log = createLog('warn')
  const secretBox = createSecretBox({ keys: [{ id: 'k1', key }] })
  const audit = createAudit({ store, clock, ids, log, nodeId: 'writer' })
  const base = { store, clock, ids, log, secretBox, audit }
  const jobs = createJobs({ ...base, nodeId: 'writer' })
  const rows = {
    all: async function* () {},
    hold: async () => {},
    release: async () => {},
    uninstall: async () => {},
    mark: async () => {},
  }
  const follower = createKillFollower(base)
  const { keys } = createSigning({ ...base, jobs })
  const list = createKillList({ ...base, keys, jobs, follower, rows })
  await list.start()
  t.teardown(async () => {
    await list.stop()
    await jobs.stop()
    await audit.close()
    await store.close()
  })
  return { list, engine, key }
}

/** What a node printed, with the instants. */
function said({ output }: Pick<StartedProcess, 'output'>, what: string): { text: string; at: number } | undefined {
  const found = new RegExp(`^${what} ?(\\S*) (\\d+)$`, 'm').exec(output())
  return found ? { text: found[1] ?? '', at: Number(found[2]) } : undefined
}

t.test('what is killed ends on each of three processes within a second, and starts on none', async (t) => {
  const { list, engine, key } = await openWriter(t)
  const args = [JSON.stringify(engine), key.toString('hex'), DIGEST]
  const nodes = [1, 2, 3].map(() => startProcess(t, { entry: NODE, args, env: quickStartEnvironment() }))
  for (const node of nodes) {
    const running = async () => (said(node, 'running') ? true : undefined)
    await eventually('the extension runs', running, { withinMs: 30_000, stopped: () => said(node, 'ended')?.text })
  }
  const at = Date.now()
  const wish = { target: { kind: 'digest', digest: DIGEST }, action: 'block', reason: 'it steals' } as const
  t.match(await list.add('user:usr_mod', wish), { ok: true })
  for (const node of nodes) {
    const next = await eventually('it is refused', async () => said(node, 'next'), { withinMs: 10_000 })
    const ended = said(node, 'ended')
    t.equal(ended?.text, 'EXTENSION_KILLED')
    t.equal(next.text, 'EXTENSION_KILLED')
    const tookMs = next.at - at
    t.ok(tookMs <= PROMISED_MS, `ended after ${(ended?.at ?? 0) - at} ms, refused after ${tookMs} ms`)
    t.comment(`ended after ${(ended?.at ?? 0) - at} ms, refused after ${tookMs} ms`)
  }
})
