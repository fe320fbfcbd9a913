import t from 'tap'
import type { ActiveInstallation } from '../../../runtime/installation-source.ts'
import type { InvocationOutcome } from '../../../runtime/invocations/invocation.ts'
import type { EndClass } from '../../../runtime/sandbox/run.ts'
import type { Attack } from './attack.ts'
import { judge } from './judge.ts'
import type { Evidence } from './run-attack.ts'

const ATTACK: Attack = { title: 'a loop', code: 'for (;;) {}', ends: ['CPU'], control: async () => 'it loops' }
const usage = { cpuMs: 120, wallMs: 150, hostCalls: 1 }

function failed(ending: EndClass, incident = true, message = 'no'): InvocationOutcome {
  const failure = { class: ending, code: ending, message, retryable: ending === 'CRASH', incident }
  return { ok: false, runId: 'run_1', failure, usage, logs: [] }
}

function succeeded(value: string): InvocationOutcome {
  return { ok: true, runId: 'run_1', value, done: true, usage, logs: [] }
}

/** What a loop leaves behind when all is well, but for `changes`. */
function evidence(changes: Partial<Evidence> = {}): Evidence {
  const installation = { extension: '@honest/other' } as ActiveInstallation
  const row = { _id: 'run_1', failure: { class: 'CPU' } } as Evidence['runs'][number]
  const incident = { action: 'sandbox.incident', rule: 'CPU', details: { runId: 'run_1' } }
  return {
    strikes: [{ outcome: failed('CPU'), elapsedMs: 160 }],
    falseStarts: [],
    bystanders: [{ installation, answered: 5, slowestMs: 90, retried: 0, failures: [] }],
    crowd: [],
    loopHeldMs: 12,
    children: [],
    runs: [row],
    audited: [incident as unknown as Evidence['audited'][number]],
    blamed: [],
    next: { outcome: succeeded('fine'), elapsedMs: 20 },
    code: ATTACK.code,
    logged: 'A sandbox child ended',
    canary: 'canary-1234',
    ...changes,
  }
}

function breaches(changes: Partial<Evidence>, attack: Attack = ATTACK): string[] {
  return judge(attack, 'resumed', evidence(changes)).map(({ text, late }) => (late ? `late: ${text}` : text))
}

t.test('finds nothing to say of an attack that came to nothing', async (t) => {
  t.same(breaches({}), [])
})

t.test('finds a bystander that failed, waited or was never asked', async (t) => {
  const [calm] = evidence().bystanders as [Evidence['bystanders'][number]]
  t.match(breaches({ bystanders: [{ ...calm, failures: ['{"ok":false}'] }] }), [/other: {"ok":false}/])
  t.match(breaches({ bystanders: [{ ...calm, slowestMs: 1_200 }] }), [/late: @honest\/other waited 1200 ms/])
  t.match(breaches({ bystanders: [{ ...calm, answered: 0 }] }), [/never answered/])
})

t.test('finds others that pay: runs under way, those who are blamed, the event loop', async (t) => {
  t.match(breaches({ crowd: ['it ended'] }), [/a run under way: it ended/])
  const blamed = { actor: 'installation:ins_2', rule: 'MEMORY' } as Evidence['blamed'][number]
  t.match(breaches({ blamed: [blamed] }), [/ins_2 is blamed with MEMORY/])
  t.match(breaches({ loopHeldMs: 1_500 }), [/late: .* held 1500 ms/])
})

t.test('finds a wrong end, and one that came too late', async (t) => {
  t.match(breaches({ strikes: [{ outcome: failed('MEMORY'), elapsedMs: 1 }] })[0], /it ended with MEMORY/)
  t.match(breaches({ strikes: [{ outcome: succeeded('x'), elapsedMs: 1 }] })[0], /it ended well, with "x"/)
  t.match(breaches({ strikes: [{ outcome: failed('CPU'), elapsedMs: 2_600 }] }), [/late: it took 2600 ms/])
  t.match(breaches({ strikes: [{ outcome: failed('CPU', false), elapsedMs: 1 }] })[0], /CPU with incident: false/)
  t.match(breaches({ strikes: [] }), [/never ran/])
})

t.test('takes a good end only with a value that is harmless', async (t) => {
  const harmless: Attack = { ...ATTACK, ends: [], harmless: (value) => value === 'calm' }
  const ended = (value: string): Partial<Evidence> => ({
    strikes: [{ outcome: succeeded(value), elapsedMs: 1 }],
    runs: [{ _id: 'run_1' } as Evidence['runs'][number]],
    audited: [],
  })
  t.same(breaches(ended('calm'), harmless), [])
  t.match(breaches(ended('the host'), harmless), [/it ended well, with "the host"/])
})

t.test('finds what came out and should not have', async (t) => {
  const said = (message: string) => breaches({ strikes: [{ outcome: failed('CPU', true, message), elapsedMs: 1 }] })
  t.match(said(`open ${import.meta.dirname}/x`), [/holds the host's/])
  t.match(said('Error\n    at run (/srv/guest.ts:3:1)\n    at a (ext://x/y.js:1:2)'), [/the frame at run/])
  t.match(said('the key is canary-1234'), [/the secret canary-1234/])
  t.match(said(Buffer.from('canary-1234').toString('base64')), [/the secret/])
  t.match(breaches({ logged: 'canary-1234' }), [/log of the service/])
})

t.test('takes no text for a trace that the attack itself wrote', async (t) => {
  const strikes = [{ outcome: failed('CPU', true, 'no node_modules here'), elapsedMs: 1 }]
  t.match(breaches({ strikes }), [/node_modules/])
  t.same(breaches({ strikes, code: 'throw new Error("no node_modules here")' }), [])
})

t.test('finds missing and wrong records', async (t) => {
  t.match(breaches({ runs: [] }), [/has no row/])
  t.match(breaches({ audited: [] }), [/0 incidents/])
  const row = { _id: 'run_1', failure: { class: 'CRASH' } } as Evidence['runs'][number]
  t.match(breaches({ runs: [row] }), [/the row says CRASH/])
})

t.test('finds processes that remain, and a next run that does not work', async (t) => {
  t.match(breaches({ children: ['child 7 is not gone'] }), [/late: child 7/])
  t.match(breaches({ next: { outcome: failed('CRASH'), elapsedMs: 1 } }), [/the next normal run gave/])
  t.match(breaches({ next: { outcome: succeeded('fine'), elapsedMs: 1_100 } }), [/late: the next normal run took/])
})
