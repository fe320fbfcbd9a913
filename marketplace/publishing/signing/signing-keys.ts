import type { Audit } from '../../../runtime/audit/audit.ts'
import { type Clock, isoPlus } from '../../../runtime/clock.ts'
import type { Ids } from '../../../runtime/ids.ts'
import type { Jobs } from '../../../runtime/jobs/jobs.ts'
import type { SecretBox } from '../../../runtime/secrets/secret-box.ts'
import {
  type Draft,
  type Handle,
  type Page,
  StorageConflict,
  type Store,
  type Transaction,
} from '../../../runtime/storage/port.ts'
import { type Outcome, refused } from '../../errors.ts'
import { commit, written } from '../commit.ts'
import { ed25519 } from './ed25519.ts'
import { proofContext, provenKey, secretContext } from './proven-key.ts'
import { type Renewal, type SigningKeyDocument, type SigningKeyState, signingKeys } from './signing-collections.ts'

/** How long a key signs before another takes its place. */
export const SIGNING_LIMITS = { rotateAfterMs: 90 * 24 * 3_600_000 } as const

export const SIGNING_REASON = 'the keys of the marketplace belong to no organization'
/** Signs anew what a revoked key signed. */
export const RENEW_JOB = 'publishing.renew-signatures'

/** A key as operators see it. */
export interface SigningKey {
  kid: string
  state: SigningKeyState
  /** The public half: RFC 8037. */
  x: string
  signatures: number
  createdAt: string
  retiredAt?: string
  revoked?: { at: string; by: string; reason: string }
  renewal?: Renewal
}

/** A JWK of a signature key (RFC 7517, RFC 8037). */
export interface PublicKey {
  kty: 'OKP'
  crv: 'Ed25519'
  alg: 'EdDSA'
  use: 'sig'
  kid: string
  x: string
}

export interface SigningKeys {
  /** Makes the first key if there is none. Before each transaction that signs: in it, two nodes would collide. */
  ready(): Promise<void>
  /** Signs in the caller's commit what `textOf` says, with the key that is active. */
  sign(handle: Handle, textOf: (kid: string) => string): Promise<{ kid: string; statement: string; value: string }>
  /** The keys whose signatures hold, newest first. */
  published(): Promise<PublicKey[]>
  /** Newest first. */
  list(page: { limit?: number; cursor?: string }): Promise<Page<SigningKey>>
  /** A new key signs from now on; what the one before signed still holds. */
  rotate(actor: string): Promise<SigningKey>
  /** From now on nothing holds that it signed. A job signs the packages anew; revoked again, it runs once more. */
  revoke(actor: string, kid: string, reason: string): Promise<Outcome<SigningKey>>
  /** Rotates what is older than it may become. */
  sweep(): Promise<void>
}

export interface SigningKeysDeps {
  store: Store
  clock: Clock
  ids: Ids
  audit: Audit
  jobs: Jobs
  secretBox: SecretBox
}

export function createSigningKeys(deps: SigningKeysDeps): SigningKeys {
  const { store, clock } = deps
  const system = store.asSystem(SIGNING_REASON)

  async function ready(): Promise<void> {
    if (await current(system)) return
    try {
      await rotateIf(deps, 'system:first-use', (active) => !active)
    } catch (error) {
      // Another node was faster: the index let one in.
      if (!(error instanceof StorageConflict)) throw error
    }
  }

  return {
    ready,
    sign: (handle, textOf) => sign(deps, handle, textOf),
    published: () => published(deps),
    async list(page) {
      const found = await system(signingKeys).find({ sort: [['createdAt', 'desc']], ...page })
      return { ...found, data: found.data.map(keyView) }
    },
    async rotate(actor) {
      await ready()
      return rotateIf(deps, actor, () => true)
    },
    revoke: (actor, kid, reason) => commit(store, (tx) => revoke(deps, tx, { actor, kid, reason })),
    async sweep() {
      const isOld = (active?: SigningKeyDocument) =>
        active !== undefined && isoPlus(active.createdAt, SIGNING_LIMITS.rotateAfterMs) <= clock.iso()
      if (isOld(await current(system))) await rotateIf(deps, 'system:rotation', isOld)
    },
  }
}

async function current(handle: Handle): Promise<SigningKeyDocument | undefined> {
  return (await handle(signingKeys).find({ where: { slot: 'current' }, limit: 1 })).data[0]
}

async function sign({ secretBox }: SigningKeysDeps, handle: Handle, textOf: (kid: string) => string) {
  const key = await current(handle)
  if (!key?.secret) throw new Error('there is no key to sign with')
  const { _id: kid, x, secret } = key
  // A key that is revoked by a commit at the same time collides here, so that nothing is signed behind its back.
  written(await handle(signingKeys).patch(kid, { inc: { signatures: 1 } }, { where: { state: 'active' } }))
  const statement = textOf(kid)
  return { kid, statement, value: ed25519.sign({ x, d: secretBox.open(secret, secretContext(kid)) }, statement) }
}

async function published({ store, secretBox }: SigningKeysDeps): Promise<PublicKey[]> {
  const keys: PublicKey[] = []
  let cursor: string | undefined
  do {
    const where = { state: { $in: ['active', 'retired'] } }
    const query = { where, sort: [['createdAt', 'desc']], limit: 1_000, ...(cursor && { cursor }) } as const
    const page = await store.asSystem(SIGNING_REASON)(signingKeys).find(query)
    for (const key of page.data) {
      const x = provenKey(secretBox, key)
      if (x !== undefined) keys.push({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig', kid: key._id, x })
    }
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return keys
}

/** The active key afterwards, whether it was `wanted` to be another or not. */
async function rotateIf(
  deps: SigningKeysDeps,
  actor: string,
  wanted: (active: SigningKeyDocument | undefined) => boolean,
): Promise<SigningKey> {
  const outcome = await commit(deps.store, async (tx) => {
    const handle = tx.asSystem(SIGNING_REASON)
    const before = await current(handle)
    if (before && !wanted(before)) return { ok: true, value: before }
    if (before) {
      const set = { state: 'retired', retiredAt: deps.clock.iso() }
      const patch = { set, unset: ['slot', 'secret'] }
      written(await handle(signingKeys).patch(before._id, patch, { rev: before.rev }))
    }
    return { ok: true, value: await insertKey(deps, tx, actor, before?._id) }
  })
  if (!outcome.ok) throw new Error(outcome.error.message)
  return keyView(outcome.value)
}

async function insertKey(
  deps: SigningKeysDeps,
  tx: Transaction,
  actor: string,
  replaced: string | undefined,
): Promise<SigningKeyDocument> {
  const draft = newKey(deps)
  const stored = await tx.asSystem(SIGNING_REASON)(signingKeys).insert(draft)
  const details = replaced === undefined ? {} : { details: { replaced } }
  const entry = { organizationId: 'system', actor, action: 'signing-key.create', target: draft._id, ...details }
  await deps.audit.within(tx, { ...entry, outcome: 'allowed' })
  return stored
}

function newKey({ ids, clock, secretBox }: SigningKeysDeps): Draft<SigningKeyDocument> {
  const _id = ids('sgk')
  const { x, d } = ed25519.newPair()
  const secret = { ...secretBox.seal(d, secretContext(_id)) }
  const proof = { ...secretBox.seal(x, proofContext(_id)) }
  return { _id, state: 'active', slot: 'current', x, proof, secret, signatures: 0, createdAt: clock.iso() }
}

async function revoke(
  deps: SigningKeysDeps,
  tx: Transaction,
  { actor, kid, reason }: { actor: string; kid: string; reason: string },
): Promise<Outcome<SigningKey>> {
  const handle = tx.asSystem(SIGNING_REASON)
  const key = await handle(signingKeys).get(kid)
  if (!key) return refused('NOT_FOUND', 'there is no such key')
  const set = { state: 'revoked', revoked: key.revoked ?? { at: deps.clock.iso(), by: actor, reason } }
  const patch = { set, unset: ['slot', 'secret', 'proof', 'renewal'] }
  const after = written(await handle(signingKeys).patch(kid, patch, { rev: key.rev }))
  if (key.slot) await insertKey(deps, tx, actor, kid)
  await deps.jobs.enqueue(tx, { organizationId: 'system', type: RENEW_JOB, payload: { kid } })
  const entry = { organizationId: 'system', actor, action: 'signing-key.revoke', target: kid, details: { reason } }
  await deps.audit.within(tx, { ...entry, outcome: 'allowed' })
  return { ok: true, value: keyView(after) }
}

function keyView(document: SigningKeyDocument): SigningKey {
  const { _id: kid, state, x, signatures, createdAt, retiredAt, revoked, renewal } = document
  return {
    ...{ kid, state, x, signatures, createdAt },
    ...(retiredAt === undefined ? {} : { retiredAt }),
    ...(revoked === undefined ? {} : { revoked }),
    ...(renewal === undefined ? {} : { renewal }),
  }
}
