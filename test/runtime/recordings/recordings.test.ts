import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import type { InvocationRequest } from '../../../runtime/invocations/invocation.ts'
import { RECORDING_LIMITS, type Recording } from '../../../runtime/recordings/recording.ts'
import { ALLOWANCE_LIMITS } from '../../../runtime/recordings/recording-allowance.ts'
import { openInvocations } from '../invocations/open-invocations.ts'
import { openSandbox } from '../sandbox/start-guest.ts'
import { replayWith } from './record-guest.ts'

const SECRET = 'sk_live_4f9a8b7c6d5e4f3a2b1c'

/** Answers with everything that it was sent, in several ways to write it. */
async function startEcho(t: Test): Promise<number> {
  const server = createServer((request, response) => {
    const { authorization = '' } = request.headers
    response.setHeader('x-seen', authorization)
    response.end(JSON.stringify({ authorization, hex: Buffer.from(authorization).toString('hex'), url: request.url }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

async function open(t: Test) {
  const lookup = async () => [{ address: '127.0.0.1', family: 4 as const }]
  const stack = await openInvocations(t, { allowPrivateRanges: ['127.0.0.1/32'], lookup })
  const { invocations, recordings, install } = stack
  const run = async (
    members: string,
    request: Partial<InvocationRequest> = {},
    more: Parameters<typeof install>[1] = {},
  ) => {
    const installation = install(members, more)
    const { organizationId, id: installationId } = installation
    const target = { organizationId, installationId, handler: ['check'], args: [], reason: 'test' as const }
    const outcome = await invocations.invoke({ ...target, ...request })
    const read = () => recordings.read(organizationId, installationId, outcome.runId)
    return { outcome, read, installation }
  }
  return { ...stack, run }
}

async function kept(read: () => Promise<Recording | 'too-large' | undefined>): Promise<Recording> {
  const recording = await read()
  if (!recording || recording === 'too-large') throw new Error(`no recording: ${recording}`)
  return recording
}

t.test('the recordings of runs', async (t) => {
  const sandbox = await openSandbox(t)

  t.test('are kept of runs that fail, and of those that are to be recorded', async (t) => {
    const { run } = await open(t)
    const failed = await run('check() { throw new Error("no " + Math.random()) }')
    t.match(await kept(failed.read), { outcome: 'failed', failure: { class: 'USER_ERROR' }, reason: 'test' })
    const went = await run('check: () => 1')
    t.equal(await went.read(), undefined)
    const asked = await run('check: () => Math.random()', { record: true })
    t.match(await kept(asked.read), {
      outcome: 'succeeded',
      digest: asked.installation.digest,
      hidden: { settled: true },
    })
  })

  t.test('are nobody else’s', async (t) => {
    const { run, recordings } = await open(t)
    const { outcome, installation } = await run('check() { throw 1 }')
    t.equal(await recordings.read('org_b', installation.id, outcome.runId), undefined)
    t.equal(await recordings.read('org_a', 'ins_other', outcome.runId), undefined)
    t.ok(await recordings.read('org_a', installation.id, outcome.runId), 'control')
  })

  t.test('hold no secret, whatever an upstream echoes', async (t) => {
    const port = await startEcho(t)
    const { run } = await open(t)
    const members = `async check(ctx) {
      const answer = await ctx.fetch('http://erp.example:${port}/x')
      const body = await answer.json()
      await ctx.kv.set('seen', body)
      ctx.log.info(body.authorization)
      throw new Error(JSON.stringify(body) + answer.headers.get('x-seen'))
    }`
    const more = {
      egress: [{ host: 'erp.example', scheme: 'http' as const, port }],
      injections: [{ host: 'erp.example', in: 'bearer' as const, template: '{{apiKey}}' }],
    }
    const { read, outcome } = await run(members, { credentials: { apiKey: SECRET } }, more)
    t.match(outcome, { ok: false, failure: { message: /redacted/ } })
    const text = JSON.stringify(await kept(read))
    for (const form of [
      SECRET,
      Buffer.from(SECRET).toString('hex'),
      Buffer.from(SECRET).toString('base64').slice(0, 24),
    ])
      t.notOk(text.includes(form), form.slice(0, 8))
    t.ok(text.includes('erp.example'), 'control: the call is there')
  })

  t.test('hold no credential that came in by another door', async (t) => {
    const { run } = await open(t)
    const { read } = await run('check(ctx, given) { throw new Error("got " + given.note) }', {
      args: [{ note: `Bearer ${SECRET}` }],
      credentials: { apiKey: SECRET },
    })
    const recording = await kept(read)
    t.notOk(JSON.stringify(recording).includes(SECRET))
    t.ok(recording.hidden.secrets > 0)
    t.match(recording.failure?.message, 'got Bearer [redacted]')
  })

  t.test('have stand-ins for what is declared to be about a person, and still replay to the byte', async (t) => {
    const { run } = await open(t)
    const members = `async check(ctx, person) {
      const { value } = await ctx.kv.set('k', person).then(() => ctx.kv.get('k'))
      let sum = 0
      for (const unit of value.workerName) sum += unit.codePointAt(0)
      await ctx.kv.set('for/' + encodeURIComponent(value.workerName), { note: 'asked by ' + value.workerName, sum })
      await ctx.kv.set('body', { text: JSON.stringify({ workerName: value.workerName, comment: value.comment, hours: 7 }) })
      throw new Error(value.workerName + ' has ' + sum)
    }`
    const { read, outcome } = await run(members, {
      args: [{ workerName: 'Geneviève Moreau', birthNumber: 1850275, comment: 'ill' }],
      personalFields: ['birthNumber'],
    })
    t.match(outcome, { ok: false, failure: { message: /^Geneviève Moreau has \d+$/ } })
    const recording = await kept(read)
    const text = JSON.stringify(recording)
    for (const word of ['Geneviève', 'Moreau', 'Genevi%C3%A8ve', '1850275', '\\"ill\\"'])
      t.notOk(text.includes(word), word)
    t.match(recording, { hidden: { settled: true } })
    t.match(recording.failure?.message, /^\p{L}{9} \p{L}{6} has \d+$/u, 'of the same shape')
    t.not(recording.failure?.message.replace(/^\D+/, ''), outcome.ok || outcome.failure.message.replace(/^\D+/, ''))
    const source = `var annexExtension = { default: { kind: 'connector', ${members} } }`
    t.match(await replayWith(sandbox, recording, source), { equal: true, identical: true })
    t.same((await kept(read)).slices, recording.slices, 'and stay the same from the first look on')
  })

  t.test('of a run that takes another way for the stand-ins say so', async (t) => {
    const { run } = await open(t)
    const members = `async check(ctx, person) {
      const { value } = await ctx.kv.set('k', person).then(() => ctx.kv.get('k'))
      if (value.workerName.startsWith('Jean')) await ctx.kv.get('jean')
      throw new Error('end')
    }`
    const { read } = await run(members, { args: [{ workerName: 'Jean Petit' }] })
    t.match(await kept(read), { hidden: { settled: false } })
  })

  t.test('that would be too large are not kept, and that is told', async (t) => {
    const { run } = await open(t)
    const noise = (from: string) => createHash('sha256').update(from).digest('base64')
    const args = [Array.from({ length: 24_000 }, (_, i) => noise(String(i)))]
    const packed = await run('check() { throw 1 }', { args })
    t.equal(await packed.read(), 'too-large', 'compressed')
    const long = await run('check() { throw 1 }', { args: ['x'.repeat(RECORDING_LIMITS.tapeChars)] })
    t.equal(await long.read(), 'too-large', 'as it is')
  })

  t.test('are kept of so many failures in an hour', async (t) => {
    const { install, invocations, recordings } = await open(t)
    const { organizationId, id: installationId } = install('check() { throw 1 }')
    const target = { organizationId, installationId, handler: ['check'], args: [], reason: 'test' as const }
    const ids: string[] = []
    for (let i = 0; i < ALLOWANCE_LIMITS.recordings + 2; i++) ids.push((await invocations.invoke(target)).runId)
    const read = await Promise.all(ids.map((id) => recordings.read(organizationId, installationId, id)))
    t.equal(read.filter(Boolean).length, ALLOWANCE_LIMITS.recordings)
    const asked = await invocations.invoke({ ...target, record: true })
    t.ok(await recordings.read(organizationId, installationId, asked.runId), 'one that is asked for is')
  })
})
