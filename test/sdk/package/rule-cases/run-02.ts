import { act, acting, asking, type TrialCase, type TrialTry } from '../trial-case.ts'

const SCHEMA = "{ type: 'object', properties: { id: { type: 'string' } }, required: ['id'] }"

function reading(title: string, records: string, pages: unknown[]): TrialTry {
  const read = `async *read(ctx, { checkpoint }) { yield { records: ${records}, checkpoint: 1 } }`
  const members = `async check() { return [] }, streams: { sites: { schema: ${SCHEMA}, primaryKey: ['id'], ${read} } }`
  const input = { checkpoint: null, upperBound: '2031-01-01T00:00:00.000Z' }
  return { title, members, cases: { reads: { handler: 'streams.sites.read', input, expect: pages } } }
}

const transformation = {
  manifest: (manifest: Parameters<NonNullable<TrialTry['manifest']>>[0]) => {
    const {
      integrationType: _type,
      credentials: _keys,
      permissions: _scopes,
      egress: _hosts,
      ...annex
    } = manifest.annex
    manifest.annex = { ...annex, kind: 'transformation' } as typeof manifest.annex
  },
}

function transforming(title: string, results: string, expect: unknown[]): TrialTry {
  const members = `input: { type: 'object' }, output: ${SCHEMA}, transform(ctx, records) { return ${results} }`
  return { title, members, cases: { one: { handler: 'transform', input: [{}], expect } }, ...transformation }
}

const one = { cases: { one: act({}, 1) } }
const described = (handlers: string[]) => ({
  ...one,
  tamper: {
    'annex.describe.json': JSON.stringify({
      kind: 'connector',
      handlers,
      streams: {},
      actions: { act: { params: {} } },
    }),
  },
})

export const run02Case: TrialCase = {
  trips: [
    acting(
      'a description with a handler that is not there',
      'return 1',
      described(['actions.act.run', 'check', 'onInstall']),
    ),
    acting('a description without a handler that is there', 'return 1', described(['check'])),
    acting('another result', 'return 2', one),
    acting('an error instead of a result', "throw new Error('no')", one),
    acting('a result instead of an error', 'return 1', {
      cases: { one: { handler: 'actions.act', input: {}, error: { code: 'NOT_FOUND' } } },
    }),
    acting('a handler that is not there', 'return 1', { cases: { one: { handler: 'actions.other', expect: 1 } } }),
    acting('a promise that nobody waits for', "Promise.reject(new Error('alone')); return 1", one),
    acting(
      'a request that is not recorded',
      "await ctx.fetch('https://api.erp.example/x').catch(() => {}); return 1",
      one,
    ),
    acting('a recorded request that nobody makes', 'return 1', {
      ...one,
      recorded: { one: [['https://api.erp.example/', 'x']] },
    }),
    acting('no fixture', 'return 1'),
    acting('a case that is no JSON', 'return 1', { cases: { one: act({}, 1), two: '{' } }),
    acting('a case whose recording is not there', 'return 1', { cases: { one: { ...act({}, 1), http: 'gone.har' } } }),
    reading('a record that does not fit its schema', '[{ id: 7 }]', [{ records: [{ id: 7 }], checkpoint: 1 }]),
    reading('a page without records', 'undefined', [{ checkpoint: 1 }]),
    transforming('a result that does not fit the output schema', '[{ ok: {} }]', [{ ok: {} }]),
  ],
  passes: [
    acting('a description as the code has it', 'return 1', described(['actions.act.run', 'check'])),
    acting('the result that is expected', 'return { b: 1, a: [input.n] }', {
      cases: { one: act({ n: 2 }, { a: [2], b: 1 }) },
    }),
    acting('a value that may be anything', 'return { at: Date.now() }', {
      cases: { one: act({}, { at: { $any: 'number' } }) },
    }),
    acting('the error that is expected', 'return ctx.platform.chantiers.get("no")', {
      ...asking({ permissions: { required: [{ scope: 'read:chantiers', reason: 'Reads sites' }] } }),
      cases: { one: { handler: 'actions.act', input: {}, error: { code: 'NOT_FOUND' } } },
    }),
    reading('records that fit', "[{ id: 'a', more: 1 }]", [{ records: [{ id: 'a', more: 1 }], checkpoint: 1 }]),
    transforming('results that fit, and others that are none', "[{ ok: { id: 'a' } }, { drop: 'x' }]", [
      { ok: { id: 'a' } },
      { drop: 'x' },
    ]),
  ],
}
