import t from 'tap'
import { hideValues } from '../../../runtime/recordings/hide-values.ts'
import { createRecordings } from '../../../runtime/recordings/recordings.ts'
import { recordingsCollections } from '../../../runtime/recordings/recordings-collections.ts'
import { createSecretBox } from '../../../runtime/secrets/secret-box.ts'
import { openTestAudit } from '../audit/open-test-audit.ts'
import { entryScript, openSandbox } from '../sandbox/start-guest.ts'
import { recordGuest } from './record-guest.ts'

const SAYS = 'check(ctx, person) { throw new Error("end") }'
const ASKS = `async check(ctx, { workerName }) {
  if (workerName.startsWith('Jean')) await ctx.kv.get('jean')
  throw new Error('end')
}`

t.test('a recording is run once for its stand-ins, whether that settles it or not', async (t) => {
  const { store, clock } = await openTestAudit(t, recordingsCollections)
  const sandbox = await openSandbox(t)
  const secretBox = createSecretBox({ keys: [{ id: 'test', key: new Uint8Array(32).fill(7) }] })
  for (const [members, settles] of [
    [SAYS, true],
    [ASKS, false],
  ] as const) {
    const source = entryScript(members)
    const { recording } = await recordGuest(sandbox, source, { args: [{ workerName: 'Jean Petit' }] })
    const hidden = hideValues(recording, { injections: [], credentials: {}, personalFields: [] })
    const { installationId, digest } = recording
    let installed = false
    let loads = 0
    const load = async () => {
      loads++
      return installed ? { digest, source, manifest: {}, describe: {} } : undefined
    }
    const recordings = createRecordings({ store, clock, secretBox, sandbox, packages: { load } })
    const runId = `run_${settles}`
    await recordings.keep('org_a', { runId, installationId }, hidden && { ...hidden, runId })
    const read = () => recordings.read('org_a', installationId, runId)
    t.match(await read(), { hidden: { settled: false } }, 'without its code it is not tried')
    installed = true
    const first = await read()
    t.match(first, { hidden: { settled: settles } })
    t.same(await read(), first)
    t.same(await read(), first)
    t.equal(loads, 2, members)
  }
})
