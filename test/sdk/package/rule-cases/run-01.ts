import { act, acting, type TrialCase } from '../trial-case.ts'

const calm = { cases: { one: act({}, 1) } }
const loading = (title: string, script: string) =>
  acting(title, 'return 1', { ...calm, tamper: { 'dist/extension.js': script } })

export const run01Case: TrialCase = {
  trips: [
    loading('an entry that asks for something', "fetch('https://api.erp.example/'); var annexExtension = {}"),
    loading(
      'a getter that asks for something when it is looked at',
      "var annexExtension = { get streams() { fetch('https://api.erp.example/').catch(() => {}); return {} } }",
    ),
    loading('an entry that throws', "throw new Error('not here')"),
    loading('an entry that never ends', 'for (;;) {}'),
    loading('an entry without a definition', 'var annexExtension = 7'),
  ],
  passes: [
    acting('a request in a handler', 'return (await ctx.fetch("https://api.erp.example/")).status', {
      cases: { one: act({}, 200) },
      recorded: { one: [['https://api.erp.example/', 'x']] },
    }),
    acting('some computing while it is loaded', 'return table.length', {
      head: 'const table = Array.from({ length: 1000 }, (_, i) => i * i)',
      cases: { one: act({}, 1000) },
    }),
  ],
}
