import t from 'tap'
import type { Attack } from './attack.ts'
import { aborts, type Control, fails, floods, grows, type Payload, spins, stalls, yields } from './control.ts'
import { attackScript } from './entry-script.ts'
import { buildBareWorld, runBare } from './run-bare.ts'

const CALM = 'return 1'
/** Each control, code in which it sees the harm, and code in which it must see none. */
const CONTROLS: Record<string, { control: Control; harmful: string; harmless?: string }> = {
  spins: { control: spins(), harmful: 'for (;;) {}' },
  stalls: { control: stalls(), harmful: 'await new Promise(() => {})' },
  grows: { control: grows(), harmful: 'const a = []; for (;;) a.push(new Array(1_000).fill(1))' },
  aborts: { control: aborts(), harmful: 'Array.prototype.sort.call({ length: 2 ** 53 - 1 })' },
  floods: { control: floods(1e6), harmful: 'ctx.log.info("x".repeat(2e6))' },
  yields: {
    control: yields((value) => value === 'number', 'vm'),
    harmful: 'return typeof ctx.log.info.constructor("return process")().pid',
    harmless: 'return "pid"',
  },
  fails: { control: fails((text) => text.includes('boom')), harmful: 'throw new Error("boom")' },
}

t.test('each control', async (t) => {
  const program = await buildBareWorld(t.testdir())
  const payload = (code: string): Payload => {
    const attack: Attack = { title: '', code, control: async () => undefined }
    return {
      ...attackScript(attack, 'resumed'),
      args: [],
      times: 1,
      bare: (request, look, patienceMs) => runBare(program, request, look, patienceMs),
      granted: () => Promise.reject(new Error('there is no stack here')),
    }
  }
  for (const [name, { control, harmful, harmless = CALM }] of Object.entries(CONTROLS)) {
    t.test(`${name} sees harm where there is some, and none where there is none`, async (t) => {
      t.type(await control(payload(harmful)), 'string')
      t.equal(await control(payload(harmless)), undefined)
    })
  }
})
