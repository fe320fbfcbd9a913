import { act, acting, asking, type TrialCase } from '../trial-case.ts'

/** Caught, so that the run goes well; the name is computed, so that no reading of the code finds it. */
const using = 'await ctx.platform[input.name].list().catch(() => {}); return 1'
const fetching = 'await ctx.fetch(input.url).catch(() => {}); return 1'
const of = (input: unknown) => ({ cases: { one: act(input, 1) } })
const hours = { scope: 'read:timesheets', reason: 'Counts hours' }
const sites = { scope: 'write:chantiers', reason: 'Writes sites' }

export const run05Case: TrialCase = {
  trips: [
    acting('a scope that is not declared', using, of({ name: 'timesheets' })),
    acting('another action of a declared resource', using, of({ name: 'chantiers' })),
    acting('a host that is not declared', fetching, of({ url: 'https://elsewhere.example/' })),
    acting('a declared host by another scheme', fetching, of({ url: 'http://api.erp.example/' })),
    acting('a redirect to a host that is not declared', fetching, {
      ...of({ url: 'https://api.erp.example/' }),
      recorded: { one: [['https://api.erp.example/', { location: 'https://elsewhere.example/' }]] },
      names: /"elsewhere[.]example"/,
    }),
    acting('an event that is not declared', "await ctx.events.emit('erp.site.lost').catch(() => {}); return 1", of({})),
    acting('a secret that is not declared', "await ctx.secrets.hmac('key', 'x').catch(() => {}); return 1", of({})),
  ],
  passes: [
    acting('an optional scope', using, {
      ...of({ name: 'timesheets' }),
      ...asking({ permissions: { required: [sites], optional: [hours] } }),
    }),
    acting('a row that its conditions hide', using, {
      ...of({ name: 'timesheets' }),
      ...asking({
        permissions: {
          required: [sites, { ...hours, conditions: [{ field: 'status', op: 'eq', value: 'APPROVED' }] }],
        },
      }),
    }),
    acting('a declared host', fetching, {
      ...of({ url: 'https://api.erp.example/' }),
      recorded: { one: [['https://api.erp.example/', 'x']] },
    }),
    acting('a host of the configuration', "await ctx.fetch('https://' + ctx.config.host + '/'); return 1", {
      cases: { one: { ...act({}, 1), config: { host: 'Own.Erp.example' } } },
      recorded: { one: [['https://own.erp.example/', 'x']] },
      ...asking({
        egress: [{ host: '{{config.host}}', match: '*.erp.example', reason: 'Your own server' }],
        config: { type: 'object', properties: { host: { type: 'string' } } },
        credentials: undefined,
      }),
    }),
    acting(
      'a secret that is declared and has no value',
      "await ctx.secrets.hmac('key', 'x').catch(() => {}); return 1",
      {
        ...of({}),
        ...asking({ secrets: [{ ref: 'key', use: 'hmac-sha256' }] }),
      },
    ),
  ],
}
