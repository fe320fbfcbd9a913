import type { JsonObject } from '@annex/sdk/json'
import type { Test } from 'tap'
import type { Principal } from '../../../runtime/permissions/principal.ts'
import { collectionOf } from '../../../runtime/platform/resource-collections.ts'
import { chantiers } from '../../../sdk/resources/chantiers.ts'
import { codeOf, installed, openHostApi, type TestHost } from '../../runtime/host-api/open-host-api.ts'
import { EVERYTHING, installation, site, user } from '../../runtime/platform/open-platform.ts'
import { type Idea, runIdeas } from '../egress/run-ideas.ts'

const SECRET = 'Rue du Secret'
const ACTIVE = [{ field: 'status', op: 'eq' as const, value: 'ACTIVE' }]

/** Two organizations; what the attacker of `org_a` must not see is named `SECRET`. */
async function open(t: Test): Promise<TestHost> {
  const host = await openHostApi(t)
  await host.platform.create(user('org_b'), 'chantiers', site({ name: SECRET }))
  await host.platform.create(user('org_a'), 'chantiers', site({ name: SECRET, status: 'CLOSED' }))
  await host.platform.create(user('org_a'), 'chantiers', site({ reference: 'C-2' }))
  return host
}

const attacker = installed({ grants: [{ scope: 'read:chantiers', conditions: ACTIVE }] })

/** A host that lets what a call brings stand over what it knows itself. */
async function careless({ platform, store }: TestHost, args: JsonObject): Promise<string> {
  const own = installation(attacker.grants)
  const principal = { ...own, ...args, ...(args.principal as object | undefined) } as Principal
  if (args.where === undefined) return JSON.stringify(await platform.list(principal, 'chantiers'))
  const documents = store.forOrganization('org_a')(collectionOf(chantiers))
  return JSON.stringify(await documents.find({ where: args.where as Record<string, string> }))
}

/** Arguments that say who one is, or what one may. */
function forged(title: string, args: JsonObject): Idea {
  return {
    title,
    control: async (t) =>
      (await careless(await open(t), args)).includes(SECRET) ? 'it shows what is hidden' : undefined,
    async attack(t) {
      const host = await open(t)
      const query = { resource: 'chantiers', ...args }
      const places = [query, { resource: 'chantiers', filter: args }, { resource: 'chantiers', cursor: args }]
      for (const place of places) {
        const answer = await host.call('platform.list', place, { installation: attacker })
        t.equal(codeOf(answer), 'INVALID_ARGUMENT')
        t.notMatch(JSON.stringify(answer), SECRET)
      }
      const own = JSON.stringify(
        await host.call('platform.list', { resource: 'chantiers' }, { installation: attacker }),
      )
      t.match(own, 'C-2', 'control: the same call without it shows what is granted')
      t.notMatch(own, SECRET)
    },
  }
}

runIdeas('arguments that say who asks', [
  forged('another organization', { organizationId: 'org_b' }),
  forged('grants of its own', { grants: [{ scope: 'read:chantiers' }] }),
  forged('a principal', {
    principal: { kind: 'user', organizationId: 'org_a', grants: [{ scope: 'read:chantiers' }] },
  }),
  forged('an owner', { kind: 'user', role: 'owner', grants: [{ scope: 'read:chantiers' }] }),
  forged('conditions of the store', { where: { _id: { $gte: '' } } }),
  forged('an operator of the store', { where: { 'fields.status': { $gte: '' } } }),
])

/** Calls that say in whose name they come; each is for the space of keys, where nothing else is checked. */
function forgedKey(title: string, args: JsonObject): Idea {
  const victim = installed({ id: 'ins_2', organizationId: 'org_b' })
  return {
    title,
    async control(t) {
      const host = await openHostApi(t)
      await host.call('kv.set', { key: 'k', value: SECRET }, { installation: victim })
      // A careless host takes the identity of the call for that of the caller.
      const claimed = { ...installed(), ...args, ...(args.installationId ? { id: String(args.installationId) } : {}) }
      const answer = await host.call('kv.get', { key: 'k' }, { installation: claimed })
      return JSON.stringify(answer).includes(SECRET) ? 'it shows the value of another installation' : undefined
    },
    async attack(t) {
      const host = await openHostApi(t)
      await host.call('kv.set', { key: 'k', value: SECRET }, { installation: victim })
      for (const name of ['kv.get', 'kv.list', 'kv.delete', 'kv.set']) {
        const answer = await host.call(name, { key: 'k', value: 1, ...args })
        t.equal(codeOf(answer), 'INVALID_ARGUMENT', name)
      }
      const kept = await host.call('kv.get', { key: 'k' }, { installation: victim })
      t.match(kept, { ok: true, value: { value: SECRET } }, 'control: who it belongs to has it still')
    },
  }
}

runIdeas('calls that say in whose name they come', [
  forgedKey('both ids', { installationId: 'ins_2', organizationId: 'org_b' }),
  forgedKey('an id and an organization', { id: 'ins_2', organizationId: 'org_b' }),
])

runIdeas('who started a run', [
  {
    title: 'an actor of another organization lends nothing',
    async control(t) {
      const host = await open(t)
      const actor = user('org_a', EVERYTHING)
      const answer = await host.call('platform.list', { resource: 'chantiers' }, { actor })
      return JSON.stringify(answer).includes(SECRET) ? 'with an actor of its own it reads' : undefined
    },
    async attack(t) {
      const host = await open(t)
      for (const organizationId of ['org_b', '', 'org_a ', 'ORG_A'])
        t.match(
          await host.call('platform.list', { resource: 'chantiers' }, { actor: user(organizationId) }),
          { ok: false, error: { code: 'PERMISSION_DENIED', details: { rule: 'actor-not-granted' } } },
          JSON.stringify(organizationId),
        )
    },
  },
  {
    title: 'an actor that turned into another one in mid-run lends nothing',
    async control(t) {
      const host = await open(t)
      const actor = user('org_a', [])
      const stronger = { ...actor, grants: EVERYTHING }
      const answer = await host.call(
        'platform.list',
        { resource: 'chantiers' },
        { actor, currentActor: async () => stronger },
      )
      return answer.ok ? 'the same person with more rights reads' : undefined
    },
    async attack(t) {
      const host = await open(t)
      const actor = user('org_a', [])
      const others = [
        { ...user('org_a'), userId: 'usr_owner' },
        { ...user('org_b'), userId: actor.userId },
        {
          kind: 'key' as const,
          keyId: actor.userId,
          userId: actor.userId,
          organizationId: 'org_a',
          grants: EVERYTHING,
        },
      ]
      for (const other of others)
        t.match(
          await host.call('platform.list', { resource: 'chantiers' }, { actor, currentActor: async () => other }),
          { ok: false, error: { code: 'PERMISSION_DENIED', details: { rule: 'actor-not-active' } } },
        )
    },
  },
  {
    title: 'an epoch in the arguments makes no grant newer',
    async control(t) {
      const host = await open(t)
      const answer = await host.call(
        'platform.list',
        { resource: 'chantiers' },
        { current: async () => installed({ epoch: 9 }) },
      )
      return answer.ok ? 'the grant of epoch 9 reads' : undefined
    },
    async attack(t) {
      const host = await open(t)
      const none = installed({ epoch: 1, grants: [] })
      for (const more of [
        { epoch: 9 },
        { installation: { epoch: 9 } },
        { digest: 'b'.repeat(64) },
        { version: '9.0.0' },
      ])
        t.equal(
          codeOf(await host.call('platform.list', { resource: 'chantiers', ...more }, { installation: none })),
          'INVALID_ARGUMENT',
        )
      t.equal(
        codeOf(await host.call('platform.list', { resource: 'chantiers' }, { installation: none })),
        'PERMISSION_DENIED',
      )
      t.match((await host.audit.list('org_a', { actor: 'installation:ins_1' })).data, [{ details: { epoch: 1 } }])
    },
  },
])
