import { act, acting, asking, type TrialCase } from '../trial-case.ts'

const cases = { one: act({}, 1) }

export const run03Case: TrialCase = {
  trips: [
    acting('a newer call where the older platform is covered too', "return (await ctx.kv.getMany(['a'])).length", {
      cases,
    }),
    acting('another result on the older platform', 'return ctx.kv.getMany ? 1 : 2', { cases }),
  ],
  passes: [
    acting('a newer call that is asked for', "return (await ctx.kv.getMany?.(['a']))?.length ?? 1", { cases }),
    acting('a newer call where only the newer platform is covered', "return (await ctx.kv.getMany(['a'])).length", {
      ...asking({ platform: '>=1.1.0 <2.0.0' }),
      cases,
    }),
    acting('a fixture that fails on every platform', 'return 2', { cases }),
  ],
}
