import { act, acting, type TrialCase } from '../trial-case.ts'

const asking = (calls: number) => `for (let i = 0; i < ${calls}; i++) await ctx.kv.get('a'); return 1`
const fetching = (requests: number) =>
  `for (let i = 0; i < ${requests}; i++) await ctx.fetch('https://api.erp.example/'); return 1`
const recorded = (requests: number) =>
  Array.from({ length: requests }, (): [string, string] => ['https://api.erp.example/', 'x'])
const cases = { one: act({}, 1) }
const before = (hostCalls: number) => ({ one: { cpuMs: 1e6, memory: 1e12, hostCalls, fetches: 0 } })

export const run04Case: TrialCase = {
  trips: [
    acting('more than half of the host calls', asking(101), { cases }),
    acting('more than half of the requests', fetching(26), { cases, recorded: { one: recorded(26) } }),
    acting('more than twice the calls of the version before', asking(40), { cases, previous: before(5) }),
  ],
  passes: [
    acting('half of the host calls', asking(99), { cases }),
    acting('half of the requests', fetching(25), { cases, recorded: { one: recorded(25) } }),
    acting('twice the calls of the version before', asking(40), { cases, previous: before(20) }),
    acting('a few more calls than the version before', asking(9), { cases, previous: before(1) }),
    acting('a fixture that the version before did not have', asking(40), { cases, previous: {} }),
  ],
}
