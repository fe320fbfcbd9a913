import t, { type Test } from 'tap'
import type { ActiveInstallation } from '../../../runtime/installation-source.ts'
import { CIRCUIT_LIMITS, createCircuits, type Pass } from '../../../runtime/invocations/circuits.ts'
import { circuits as collection, invocationsCollections } from '../../../runtime/invocations/invocations-collections.ts'
import { createLog } from '../../../runtime/log.ts'
import type { EndClass, StepResult } from '../../../runtime/sandbox/run.ts'
import { openTestAudit } from '../audit/open-test-audit.ts'

const INSTALLATION: ActiveInstallation = {
  id: 'ins_1',
  organizationId: 'org_a',
  extension: '@acme/test',
  kind: 'connector',
  version: '1.0.0',
  digest: 'd',
  epoch: 1,
  grants: [],
  egress: [],
  injections: [],
  config: {},
}
const SPENT = { usage: { cpuMs: 1, wallMs: 1, hostCalls: 0 }, logs: [] }
const FINE: StepResult = { ok: true, value: null, done: true, ...SPENT }
const ended = (cls: EndClass, incident = true): StepResult => ({
  ok: false,
  failure: { class: cls, code: cls, message: cls, retryable: false, incident },
  ...SPENT,
})

async function open(t: Test) {
  const { store, audit, clock } = await openTestAudit(t, invocationsCollections)
  const circuits = createCircuits({ store, audit, clock, log: createLog('silent') })
  const admitted = (installation = INSTALLATION): Pass => {
    const answer = circuits.admit(installation)
    if ('refused' in answer) throw new Error(answer.refused.message)
    return answer.pass
  }
  const die = async (times: number, cls: EndClass = 'MEMORY') => {
    for (let i = 0; i < times; i++) await admitted().note(ended(cls))
  }
  const record = () => store.forOrganization('org_a')(collection).get('ins_1')
  const told = async () => (await audit.list('org_a')).data.map(({ action, rule }) => `${action} ${rule}`)
  return { circuits, clock, admitted, die, record, told }
}

t.test('an installation that ends process after process is let rest, and its admin is told', async (t) => {
  const { circuits, admitted, die, record, told } = await open(t)
  await die(CIRCUIT_LIMITS.deaths - 1)
  t.notOk(await record())
  await admitted().note(ended('CPU'))
  t.match(circuits.admit(INSTALLATION), {
    refused: { code: 'CIRCUIT_OPEN', class: 'CPU', retryable: true, retryAfter: 30, incident: false },
  })
  t.match(await record(), { class: 'CPU', deaths: CIRCUIT_LIMITS.deaths, epoch: 1 })
  t.same(await told(), ['installation.circuit_opened CPU'])
  t.match(circuits.admit({ ...INSTALLATION, id: 'ins_2' }), { pass: {} }, 'others go on')
  t.match(circuits.admit({ ...INSTALLATION, epoch: 2 }), { pass: {} }, 'what an admin changes is a new start')
})

t.test('when the time is up one run may try: it closes the circuit, or opens it for twice as long', async (t) => {
  const { circuits, clock, admitted, die, record, told } = await open(t)
  await die(CIRCUIT_LIMITS.deaths)
  clock.move(CIRCUIT_LIMITS.openMs)
  const trial = admitted()
  t.match(circuits.admit(INSTALLATION), { refused: { code: 'CIRCUIT_OPEN' } }, 'one at a time')
  await trial.note(ended('CRASH'))
  clock.move(CIRCUIT_LIMITS.openMs)
  t.match(circuits.admit(INSTALLATION), { refused: { retryAfter: 30 } })
  clock.move(CIRCUIT_LIMITS.openMs)
  await admitted().note(FINE)
  t.notOk(await record())
  t.match(circuits.admit(INSTALLATION), { pass: {} })
  t.same((await told()).length, 3)
})

t.test('it opens for longer each time, until it was quiet for long', async (t) => {
  const { circuits, clock, admitted, die } = await open(t)
  for (const seconds of [30, 60, 120]) {
    await die(CIRCUIT_LIMITS.deaths)
    t.match(circuits.admit(INSTALLATION), { refused: { retryAfter: seconds } })
    clock.move(seconds * 1_000)
    await admitted().note(FINE)
  }
  clock.move(CIRCUIT_LIMITS.maxOpenMs + 1)
  await die(CIRCUIT_LIMITS.deaths)
  t.match(circuits.admit(INSTALLATION), { refused: { retryAfter: 30 } })
})

t.test('a trial that never ran says nothing and is not the last', async (t) => {
  const { clock, admitted, die, circuits } = await open(t)
  await die(CIRCUIT_LIMITS.deaths)
  clock.move(CIRCUIT_LIMITS.openMs)
  const queued = admitted()
  await queued.note(ended('QUEUE', false))
  queued.left()
  const second = admitted()
  second.left()
  t.match(circuits.admit(INSTALLATION), { pass: {} })
})

t.test('deaths far apart, faults of its own and the deaths of neighbours open nothing', async (t) => {
  const { circuits, clock, admitted, die } = await open(t)
  for (let i = 0; i < CIRCUIT_LIMITS.deaths * 2; i++) {
    await admitted().note(ended('USER_ERROR', false))
    await admitted().note(ended('CRASH', false))
    await admitted().note(ended('WALL'))
  }
  for (let i = 0; i < CIRCUIT_LIMITS.deaths * 2; i++) {
    await die(1)
    clock.move(CIRCUIT_LIMITS.windowMs / 10)
  }
  t.match(circuits.admit(INSTALLATION), { pass: {} })
})

t.test('a run that was under way when the circuit opened does not close it', async (t) => {
  const { circuits, admitted, die } = await open(t)
  const early = admitted()
  await die(CIRCUIT_LIMITS.deaths)
  await early.note(FINE)
  early.left()
  t.match(circuits.admit(INSTALLATION), { refused: { code: 'CIRCUIT_OPEN' } })
})
