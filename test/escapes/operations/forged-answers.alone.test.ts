import t, { type Test } from 'tap'
import { CAGE_LIMITS } from '../../../runtime/sandbox/limits.ts'
import { endOf, type HostileEnd, hostileFamily } from './hostile-worker.ts'

/** The process that told the lie is gone, and its run is to blame. */
function isKilled(t: Test, { result, calls }: HostileEnd): void {
  t.match(result, { ok: false, failure: { class: 'CRASH', incident: true } }, 'the run ends with its process')
  t.same(calls, [], 'nothing of it was done')
}

const call = (id: number | string, key = 'k') => `{"k":"call","id":${id},"name":"kv.get","args":{"key":"${key}"}}`

hostileFamily(t, 'answers that are not what they say', [
  {
    title: 'an answer for another run',
    does: `slice({ run: q.run + 1 }, [{ k: 'result', value: 'forged', done: true }])`,
    harm: ({ said }) => said.find(({ run, text }) => run === 2 && text.includes('forged'))?.text,
    judge: isKilled,
  },
  {
    title: 'an answer for a run that was never there, behind the right one',
    does: `
      const first = frame(JSON.stringify({ t: 'slice', run: q.run, end: 'done', cpuMs: 0 }), '[{"k":"timer","id":1,"ms":20}]')
      const second = frame(JSON.stringify({ t: 'slice', run: 4242, end: 'done', cpuMs: 0 }), '[${call(1)}]')
      write(Buffer.concat([first, second]))`,
    harm: ({ said }) => said.find(({ run, text }) => run === 4242 && text.includes('call'))?.text,
    judge: (t, { result, calls }) => {
      t.equal(endOf(result), 'CRASH')
      t.same(calls, [])
    },
  },
  {
    title: 'the same slice twice',
    does: `
      const said = frame(JSON.stringify({ t: 'slice', run: q.run, end: 'done', cpuMs: 0 }), '[${call(1, 'once')}]')
      write(Buffer.concat([said, said, said]))`,
    harm: ({ said }) => (said.length > 1 ? `${said.length} calls in the place of one` : undefined),
    judge: (t, { result, calls }) => {
      t.not(endOf(result), 'well')
      t.ok(calls.length <= 1, `${calls.length} of three calls reached the host`)
    },
  },
  {
    title: 'calls behind garbage, from a process that should be dead',
    does: `
      const said = (n) => frame(JSON.stringify({ t: 'slice', run: q.run, end: 'done', cpuMs: 0 }), '[${call(1)}]')
      write(Buffer.concat([frame('no JSON'), said(), said(), said()]))`,
    harm: ({ thrown, said }) =>
      thrown && said.length > 2 ? `${thrown}, and ${said.length} calls after it` : undefined,
    judge: isKilled,
  },
  {
    title: 'that it is ready, again',
    does: `answer({ t: 'ready', probes: Object.fromEntries(all.map((n) => [n, true])) }); slice(q, [{ k: 'result', value: 'ready', done: true }])`,
    harm: ({ headers }) => {
      const times = headers.filter(({ t }) => t === 'ready').length
      return times > 1 ? `it is ready ${times} times` : undefined
    },
    judge: isKilled,
  },
  {
    title: 'that it is ready, without end',
    does: `const ready = frame(JSON.stringify({ t: 'ready', probes: Object.fromEntries(all.map((n) => [n, true])) })); const many = Buffer.concat(Array(500).fill(ready)); for (;;) write(many)`,
    harm: ({ headers }) => (headers.length > 2_000 ? `looked at ${headers.length} times` : undefined),
    judge: isKilled,
  },
  {
    title: 'a kind of end that there is not',
    does: `slice(q, [{ k: 'result', value: 'x', done: true }], { end: '__proto__' })`,
    harm: ({ headers }) => headers.find(({ end }) => end === '__proto__') && 'it has no case',
    judge: isKilled,
  },
  {
    title: 'computing time without end',
    does: `slice(q, [{ k: 'result', value: 'x', done: true }], { cpuMs: 1.7e308 })`,
    harm: ({ headers }) =>
      headers.some(({ cpuMs }) => Math.round(Number(cpuMs) * 100) === Number.POSITIVE_INFINITY)
        ? 'a bill over infinity'
        : undefined,
    judge: (t, { result: { usage } }) => {
      t.ok(Number.isFinite(usage.cpuMs) && usage.cpuMs < 60_000, `charged ${usage.cpuMs} ms`)
    },
  },
  {
    title: 'less computing time than nothing',
    does: `slice(q, [{ k: 'result', value: 'x', done: true }], { cpuMs: -1e9 })`,
    harm: ({ headers }) => headers.find(({ cpuMs }) => Number(cpuMs) < 0) && 'a budget that grows',
    judge: isKilled,
  },
  {
    title: 'a refusal that the host never gave',
    does: `slice(q, [{ k: 'error', code: 'PERMISSION_DENIED', message: 'no' }])`,
    harm: ({ said }) => said.find(({ text }) => text.includes('PERMISSION_DENIED')) && 'an admin is told of a refusal',
    judge: (t, { result }) => t.equal(endOf(result), 'USER_ERROR'),
  },
  {
    title: 'an end in good order without a word',
    does: 'process.exit(0)',
    harm: ({ gone, said }) => (gone && said.length === 0 ? 'an answer that never comes' : undefined),
    judge: isKilled,
  },
])

hostileFamily(t, 'numbers and names out of range', [
  {
    title: 'calls under numbers that are none',
    does: `slice(q, '[${['0', '-1', '1.5', '1e999', '9007199254740993', '"1"'].map((id) => call(id)).join()}]')`,
    harm: ({ said }) => said.find(({ text }) => text.includes('1e999')) && 'answers that go to nobody',
    judge: (t, { result, calls }) => {
      t.not(endOf(result), 'well')
      t.same(calls, [])
    },
  },
  {
    title: 'many calls under one number',
    does: `slice(q, '[${Array.from({ length: 50 }, () => call(1)).join()}]'); for (;;) { const d = read(); if (d.t === 'deliver') slice(d, []); else serve(d) }`,
    harm: ({ said }) => said.find(({ text }) => text.split('"id":1,').length > 40) && 'fifty calls of which one counts',
    judge: (t, { result, calls }) => {
      t.ok(calls.length <= CAGE_LIMITS.callsInFlight, `${calls.length} calls were worked on at a time`)
      t.equal(endOf(result), 'WALL')
      t.equal(result.usage.hostCalls, 50, 'each is counted')
    },
  },
  {
    title: 'a wait without end, and a retry after it',
    does: `slice(q, '[{"k":"timer","id":1,"ms":1.7e308}]'); wait()`,
    harm: ({ said }) => said.find(({ text }) => text.includes('308')) && 'a timer that overflows fires at once',
    judge: (t, { result }) => t.equal(endOf(result), 'WALL'),
  },
  {
    title: 'a host call of a name that everything has',
    does: `slice(q, '[{"k":"call","id":1,"name":"__proto__","args":{}},{"k":"call","id":2,"name":"constructor","args":{}},{"k":"__proto__"}]')`,
    harm: ({ said }) => said.find(({ text }) => text.includes('constructor')) && `${typeof {}.constructor} is called`,
    judge: (t, { result, calls }) => {
      t.equal(endOf(result), 'USER_ERROR', 'one message that is none spoils them all')
      t.same(calls, [])
    },
  },
])
