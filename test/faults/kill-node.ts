import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { createKillFollower } from '../../marketplace/kill-list/kill-follower.ts'
import { killListCollections } from '../../marketplace/kill-list/kill-list-collections.ts'
import { signingCollections } from '../../marketplace/publishing/signing/signing-collections.ts'
import { systemClock } from '../../runtime/clock.ts'
import { createIds } from '../../runtime/ids.ts'
import { createLog } from '../../runtime/log.ts'
import { createSecretBox } from '../../runtime/secrets/secret-box.ts'
import { openStore, type StoreEngine } from '../../runtime/storage/open-store.ts'
import { openInvocations } from '../runtime/invocations/open-invocations.ts'

/**
 * One of several processes on one store, each with a sandbox of its own: runs an extension for as long as it may, and
 * prints when it is under way, when it was ended and how, and when the next run was refused. Arguments: the engine as
 * JSON, the master key in hexadecimal, the digest of the extension.
 */
const [, , engineText = '', key = '', digest = ''] = process.argv
const engine = JSON.parse(engineText) as StoreEngine
const collections = [...signingCollections, ...killListCollections]
const store = await openStore({ engine, collections, clock: systemClock, ids: createIds(Date.now) })
const secretBox = createSecretBox({ keys: [{ id: 'k1', key: Buffer.from(key, 'hex') }] })
const log = createLog('warn')
const follower = createKillFollower({ store, log, secretBox })
await follower.start(async () => {})

const ends: (() => unknown)[] = [() => follower.stop(), () => store.close()]
const stage = { teardown: (end: () => unknown) => void ends.unshift(end) } as unknown as Test
const { invocations, install } = await openInvocations(stage, {}, { gate: follower.gate })
const { id, organizationId } = install(
  `async check(ctx) {
     await ctx.kv.set('began', 1)
     for (;;) { for (let at = 0; at < 100000; at++); await new Promise((resolve) => setTimeout(resolve, 5)) }
   },
   async hasBegun(ctx) { return (await ctx.kv.get('began')) !== undefined },`,
  { digest },
)
const call = (handler: string) => {
  const limits = { cpuMs: 60_000, wallMs: 60_000 }
  return invocations.invoke({
    organizationId,
    installationId: id,
    handler: [handler],
    args: [],
    reason: 'check',
    limits,
  })
}
const tell = (what: string) => process.stdout.write(`${what} ${Date.now()}\n`)

const long = call('check')
for (let seen = await call('hasBegun'); !(seen.ok && seen.value); seen = await call('hasBegun')) await sleep(10)
tell('running')
const ended = await long
tell(`ended ${ended.ok ? 'well' : ended.failure.code}`)
const next = await call('hasBegun')
tell(`next ${next.ok ? 'well' : next.failure.code}`)
for (const end of ends) await end()
