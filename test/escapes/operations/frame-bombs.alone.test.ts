import t, { type Test } from 'tap'
import { CAGE_LIMITS } from '../../../runtime/sandbox/limits.ts'
import { endOf, type HostileEnd, hostileFamily } from './hostile-worker.ts'

const MB = 1024 * 1024
/** A frame and what it becomes when it is read: nothing that stays. */
const GROWN_BYTES = 512 * MB
/** Log lines as they are kept, each with its details. */
const LOG_CHARS = 2 * CAGE_LIMITS.logChars

const takes =
  (bytes: number) =>
  (believed: { bytes: number }): string | undefined =>
    believed.bytes > bytes ? `the service takes ${believed.bytes} bytes` : undefined

function isBounded(t: Test, { result, grownBytes }: HostileEnd): void {
  const logged = JSON.stringify(result.logs).length
  t.ok(logged <= LOG_CHARS, `${logged} characters of logs are kept`)
  if (!result.ok) t.ok(result.failure.message.length <= CAGE_LIMITS.messageChars, 'the message is short')
  t.ok(grownBytes < GROWN_BYTES, `the service grew by ${Math.round(grownBytes / MB)} MB`)
}

function ends(classes: readonly string[]) {
  return (t: Test, seen: HostileEnd): void => {
    t.ok(classes.includes(endOf(seen.result)), `it ends with ${endOf(seen.result)}`)
    isBounded(t, seen)
  }
}

hostileFamily(t, 'frames as large as they may be', [
  {
    title: 'log lines',
    does: `slice(q, '[' + Array(150_000).fill('{"k":"log","level":"info","message":"${'m'.repeat(60)}"}').join() + ']')`,
    harm: takes(4 * MB),
    judge: ends(['USER_ERROR', 'CRASH']),
  },
  {
    title: 'host calls',
    does: `slice(q, '[' + Array.from({ length: 200_000 }, (_, i) => '{"k":"call","id":' + (i + 1) + ',"name":"kv.get","args":{"key":"k"}}').join() + ']')`,
    harm: takes(4 * MB),
    judge(t, seen) {
      ends(['USER_ERROR', 'CRASH'])(t, seen)
      t.same(seen.calls, [])
    },
  },
  {
    title: 'nesting',
    does: `slice(q, '['.repeat(7_000_000) + ']'.repeat(7_000_000))`,
    harm: takes(4 * MB),
    judge: ends(['USER_ERROR', 'CRASH']),
  },
  {
    title: 'nesting in a header',
    does: `write(frame('{"t":"slice","run":' + q.run + ',"end":"done","cpuMs":0,"warning":' + '['.repeat(4_500_000) + ']'.repeat(4_500_000) + '}', '[]'))`,
    harm: takes(4 * MB),
    judge: ends(['CRASH']),
  },
  {
    title: 'empty lists',
    does: `slice(q, '[{"k":"log","level":"info","message":"m","details":{"a":[[]' + ',[]'.repeat(3_000_000) + ']}}]'); wait()`,
    harm: takes(4 * MB),
    judge: isBounded,
  },
  {
    title: 'keys',
    does: `slice(q, '[{"k":"result","done":true,"value":{' + Array.from({ length: 500_000 }, (_, i) => '"k' + i + '":0').join() + '}}]')`,
    harm: takes(4 * MB),
    judge: isBounded,
  },
  {
    title: 'a host call with a name of megabytes',
    does: `slice(q, '[{"k":"call","id":1,"name":"' + 'n'.repeat(15_000_000) + '","args":null}]'); for (;;) { const d = read(); if (d.t === 'deliver') slice(d, [{ k: 'result', value: 'answered', done: true }]); else serve(d) }`,
    harm: takes(4 * MB),
    judge: isBounded,
  },
  {
    title: 'an error of megabytes',
    does: `const x = 'x'.repeat(3_000_000); slice(q, [{ k: 'error', message: x, code: x, name: x, stack: x }])`,
    harm: takes(4 * MB),
    judge: ends(['USER_ERROR']),
  },
  {
    title: 'a reason of megabytes why the code does not load',
    does: `answer({ t: 'loaded', unit: q.unit, ok: false, message: 'm'.repeat(15_000_000) }); for (;;) serve(read())`,
    at: 'load',
    harm: takes(4 * MB),
    judge: ends(['USER_ERROR', 'CRASH']),
  },
  {
    title: 'a warning of megabytes',
    does: `slice(q, [{ k: 'result', value: 'x', done: true }], { warning: 'w'.repeat(15_000_000) })`,
    harm: takes(4 * MB),
    judge: ends(['well', 'CRASH']),
  },
])

hostileFamily(t, 'more than is kept', [
  {
    title: 'details of megabytes, slice after slice',
    does: `
      const details = 'd'.repeat(8_000_000)
      let next = q
      for (;;) {
        if (next.run === q.run && next.t !== 'end') slice(next, [{ k: 'log', level: 'info', message: 'm', details: { details } }, { k: 'timer', id: 1, ms: 1 }])
        else serve(next)
        next = read()
      }`,
    harm: takes(7 * MB),
    judge: isBounded,
  },
  {
    title: 'log lines of the largest size, slice after slice',
    does: `
      const message = 'm'.repeat(8_000)
      let next = q
      for (;;) {
        if (next.run === q.run && next.t !== 'end') slice(next, [...Array(90).fill({ k: 'log', level: 'info', message }), { k: 'timer', id: 1, ms: 1 }])
        else serve(next)
        next = read()
      }`,
    harm: takes(MB / 2),
    judge: isBounded,
  },
  {
    title: 'lines on its standard error without end',
    does: `const line = Buffer.alloc(65536, 101); for (;;) { try { fs.writeSync(2, line) } catch {} }`,
    harm: ({ headers }) => (headers.length > 1 ? 'a log that fills the disk' : undefined),
    judge: ends(['CPU', 'WALL']),
  },
])
