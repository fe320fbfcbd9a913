import t from 'tap'
import { consents, installations } from '../../marketplace/installations/installation-collections.ts'
import { versions } from '../../marketplace/publishing/publishing-collections.ts'
import { serviceCollections } from '../../marketplace/services.ts'
import { systemClock } from '../../runtime/clock.ts'
import { kvKeys } from '../../runtime/host-api/kv-documents.ts'
import { createIds } from '../../runtime/ids.ts'
import { openStore } from '../../runtime/storage/open-store.ts'
import type { Collection, Draft, Store, Stored } from '../../runtime/storage/port.ts'
import { checkInvariants, INSTALLATION_INVARIANTS } from './checker.ts'
import { type Damages, seeDamage } from './see-damage.ts'

const ids = createIds(() => Date.now())
const CONSENT = { manifestDigest: 'm1', scopes: ['write:chantiers'], hosts: ['api.erp.example'], by: 'user:a', at: '' }

/** Each breaks a sound store in one way. */
const DAMAGES: Damages = {
  'no grant is wider than what was agreed to': {
    'more is enforced than consented': (store) => change(store, { grants: [{ scope: 'read:invoices' }] }),
    'nobody agreed': (store) => store.forOrganization('org_a')(consents).delete('con_1'),
    'an agreement that was replaced': (store) =>
      insert(store, consents, { ...agreement('con_2', 2), kind: 'grant', scopes: [], withheld: ['write:chantiers'] }),
  },
  'an installation that is on its way has a job': {
    installing: (store) => change(store, { state: 'installing' }),
    upgrading: (store) => change(store, { upgrade: { step: 'verifying', jobId: 'job_9' } }),
    watched: (store) => change(store, { watch: { since: '', until: '' } }),
  },
  'an installation runs when there is no reason against it, and keeps its place while it lives': {
    'it runs in spite of a reason': (store) => change(store, { disabled: { admin: { by: 'a', at: '' } } }),
    'it is disabled for nothing': (store) => change(store, { state: 'disabled' }),
    'it keeps its place': (store) => change(store, { state: 'failed' }),
  },
  'an installation is of a version that was published, of its bytes, and has what it needs': {
    'never published': (store) =>
      store
        .asSystem('plants an early one')(versions)
        .patch('@a/b@1.0.0', { unset: ['publishedAt'] }),
    'other bytes': (store) => change(store, { digest: 'd2' }),
    'nothing of what it needs': (store) =>
      change(store, { lock: [{ name: '@a/c', range: '^1.0.0', version: '1.0.0', digest: 'd3' }] }),
  },
  'what is not installed any more has left nothing': {
    'a key': async (store) => {
      await insert(store, installations, { ...installation('ins_2'), state: 'uninstalled' })
      await store
        .forOrganization('org_a')(installations)
        .patch('ins_2', { unset: ['liveKey'] })
      await insert(store, kvKeys, { _id: 'kv_1', installationId: 'ins_2', key: 'a' })
    },
  },
}

t.test('nothing is reported of a sound store', async (t) => {
  const store = await soundStore()
  t.teardown(() => store.close())
  t.same(await checkInvariants(store, INSTALLATION_INVARIANTS), [])
})

seeDamage(t, INSTALLATION_INVARIANTS, { damages: DAMAGES, soundStore })

function agreement(_id: string, epoch: number) {
  return { _id, kind: 'install', installationId: 'ins_1', epoch, added: [], removed: [], withheld: [], ...CONSENT }
}

function installation(_id: string) {
  const consent = { consentId: 'con_1', ...CONSENT }
  const release = { extension: '@a/b', version: '1.0.0', digest: 'd1', grants: [{ scope: 'write:chantiers' }] }
  return { _id, state: 'active', liveKey: _id === 'ins_1' ? '@a/b' : '@a/other', consent, ...release }
}

async function soundStore(): Promise<Store> {
  const engine = { kind: 'sqlite', path: ':memory:' } as const
  const store = await openStore({ engine, collections: serviceCollections, clock: systemClock, ids })
  const version = { _id: '@a/b@1.0.0', extension: '@a/b', version: '1.0.0', digest: 'd1', manifestDigest: 'm1' }
  await store
    .asSystem('plants a version')(versions)
    .insert(bare({ ...version, state: 'published', publishedAt: '2026-01-01T00:00:00.000Z' }))
  await insert(store, consents, agreement('con_1', 0))
  await insert(store, installations, installation('ins_1'))
  return store
}

function change(store: Store, set: Record<string, unknown>): Promise<unknown> {
  return store
    .forOrganization('org_a')(installations)
    .patch('ins_1', { set: bare<Stored>(set) as never })
}

function insert<T extends Stored>(store: Store, into: Collection<T>, fields: Record<string, unknown>): Promise<T> {
  return store.forOrganization('org_a')(into).insert(bare<T>(fields))
}

/** A document with no more than what the invariants look at. */
function bare<T extends Stored>(fields: Record<string, unknown>): Draft<T> {
  return fields as unknown as Draft<T>
}
