import { annex, entry, type RuleCase, type RuleTry } from '../rule-case.ts'

const HOST = 'ctx.fetch("https://api.erp.example/x")'

/** A connector of actions only: no stream for which the platform itself reads and writes. */
function acting(
  body: string,
  permissions: object = { required: [{ scope: 'write:chantiers', reason: 'Writes' }] },
): RuleTry {
  return {
    ...entry(`var annexExtension = { default: { run: async (ctx) => { ${body} } } }`, {
      'annex.describe.json': JSON.stringify({ kind: 'connector', handlers: ['actions.go.run'] }),
    }),
    ...annex((it) => Object.assign(it, { permissions })),
  }
}
const none = { required: [] }
const reading = (more: object = {}) => ({ required: [{ scope: 'read:invoices', reason: 'Reads', ...more }] })

export const man10Case: RuleCase = {
  trips: [
    acting(`${HOST}; ctx.platform.chantiers.create({})`, none),
    acting(`${HOST}; ctx.platform["invoices"]?.list()`, none),
    acting(`${HOST}; const { platform } = ctx; platform.invoices.list()`, none),
    acting(`${HOST}; const { invoices } = ctx.platform; invoices.get("1")`, none),
    acting(`${HOST}; const { platform: p } = ctx; const { list } = p.invoices; list()`, none),
    acting(`${HOST}; const rows = ctx.platform.invoices; rows.update("1", {})`, reading()),
    acting(HOST),
    acting(`${HOST}; ctx.platform.chantiers.list()`, {
      required: [{ scope: 'chantiers:*', reason: 'All of it' }],
    }),
    acting('ctx.platform.chantiers.create({})'),
    acting('ctx.platform.chantiers.create({}); ctx.fetch("https://www.erp.example/x")'),
  ],
  passes: [
    acting(`${HOST}; ctx.platform.chantiers.create({})`),
    acting(`${HOST}; ctx.platform.invoices.list()`, { optional: [{ scope: 'read:invoices', reason: 'Reads' }] }),
    acting(`${HOST}; ctx.platform[ctx.config.resource].create({})`),
    acting(`${HOST}; go(ctx.platform)`),
    acting(`${HOST}; const { platform } = ctx; go(platform)`),
    acting(`${HOST}; os.platform.invoices.list(); process.platform.invoices; x.platform.sales.list()`, none),
    acting(`${HOST}; function p(platform) { return platform.length }`, none),
    acting('const host = "https://" + ctx.config.region + ".erp.example"; ctx.platform.chantiers.create({})'),
    acting('const host = "api.erp.example"; ctx.platform.chantiers.create({})'),
    {
      ...entry(`var f = (ctx) => ${HOST}`),
      ...annex((it) =>
        Object.assign(it, { permissions: { required: [{ scope: 'write:invoices', reason: 'Brings' }] } }),
      ),
    },
    {
      ...entry('var f = (ctx) => ctx.fetch(ctx.config.base)'),
      ...annex((it) =>
        Object.assign(it, {
          credentials: undefined,
          egress: [{ host: '{{config.base}}', match: 'any', reason: 'Yours' }],
          config: { properties: { base: { type: 'string' } } },
        }),
      ),
    },
  ],
}
