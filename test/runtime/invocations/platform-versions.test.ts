import type { JsonObject } from '@annex/sdk/json'
import t from 'tap'
import { createDeclarations } from '../../../runtime/installation-declarations.ts'
import { goodManifest } from '../../sdk/package/good-package.ts'
import { openInvocations } from './open-invocations.ts'

const LOOK = `check: async (ctx) => [ctx.platformVersion, typeof ctx.kv.getMany]`

/** The first step of a run of a package with this range. */
async function lookWith(t: Parameters<typeof openInvocations>[0], platform: string) {
  const good = goodManifest()
  const manifest = { ...good, annex: { ...good.annex, platform } } as unknown as JsonObject
  const loaded: string[] = []
  const declarations = createDeclarations({
    load: async (digest) => {
      loaded.push(digest)
      return { digest, source: '', manifest, describe: {} }
    },
  })
  const { invocations, install } = await openInvocations(t, {}, { declarations })
  const { id, organizationId } = install(LOOK)
  const look = () =>
    invocations.invoke({ organizationId, installationId: id, handler: ['check'], args: [], reason: 'check' })
  const outcome = await look()
  await look()
  return { outcome, loaded, runs: (await invocations.runs(organizationId, {})).data }
}

t.test('an installation runs on the highest version that its manifest covers', async (t) => {
  for (const [range, seen] of [
    ['>=1.0.0 <2.0.0', ['1.1.0', 'function']],
    ['>=1.1.0', ['1.1.0', 'function']],
    ['~1.0.0', ['1.0.0', 'undefined']],
  ] as const) {
    const { outcome, loaded } = await lookWith(t, range)
    t.match(outcome, { ok: true, value: seen }, range)
    t.equal(loaded.length, 1, 'the manifest is read once for many runs')
  }
})

t.test('what covers no version that is offered does not run, and its record says why', async (t) => {
  const { outcome, runs } = await lookWith(t, '>=9.0.0')
  t.match(outcome, { ok: false, failure: { code: 'PLATFORM_UNSUPPORTED', retryable: false } })
  t.match(runs, [{ outcome: 'failed' }, { outcome: 'failed' }])
})
