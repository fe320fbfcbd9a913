import type { Clock } from '../../runtime/clock.ts'
import { type SecretBox, SecretBoxError } from '../../runtime/secrets/secret-box.ts'
import { type Draft, type Handle, StorageConflict, type Store } from '../../runtime/storage/port.ts'
import { commit, written } from '../publishing/commit.ts'
import { signingKeys } from '../publishing/signing/signing-collections.ts'
import type { SigningKeys } from '../publishing/signing/signing-keys.ts'
import { NO_ENTRIES } from './kill-entry.ts'
import { HEAD_ID, KILL_REASON, type KillHeadDocument, killHeads } from './kill-list-collections.ts'
import { killStatement } from './kill-statement.ts'

export interface SignHeadDeps {
  store: Store
  clock: Clock
  keys: SigningKeys
  secretBox: SecretBox
}

type Extent = Pick<KillHeadDocument, 'seq' | 'digest'>

/** The head of a list that goes so far, signed in the caller's commit. */
export async function signHead(deps: SignHeadDeps, handle: Handle, extent: Extent): Promise<Draft<KillHeadDocument>> {
  const { seq, digest } = extent
  const signedAt = deps.clock.iso()
  const signature = await deps.keys.sign(handle, (kid) => killStatement({ seq, digest, signedAt, kid }))
  return { _id: HEAD_ID, seq, digest, ...signature, proof: { ...deps.secretBox.seal(proofOf(extent), HEAD_CONTEXT) } }
}

/** Writes the empty list if there is none: before each transaction that appends, and before it is first read. */
export async function beginList(deps: SignHeadDeps): Promise<void> {
  await deps.keys.ready()
  const system = deps.store.asSystem(KILL_REASON)
  if (await system(killHeads).get(HEAD_ID)) return
  try {
    await deps.store.tx(async (tx) => {
      const handle = tx.asSystem(KILL_REASON)
      await handle(killHeads).insert(await signHead(deps, handle, { seq: 0, digest: NO_ENTRIES }))
    })
  } catch (error) {
    // Another node was faster.
    if (!(error instanceof StorageConflict)) throw error
  }
}

/**
 * Signs the list with the active key, if the one that signed it was revoked. Only a head that the service itself sealed:
 * whoever stole the key may have signed another list with it, but cannot seal one.
 */
export async function renewHead(deps: SignHeadDeps): Promise<void> {
  await deps.keys.ready()
  const outcome = await commit(deps.store, async (tx) => {
    const handle = tx.asSystem(KILL_REASON)
    const head = await handle(killHeads).get(HEAD_ID)
    const key = head && (await handle(signingKeys).get(head.kid))
    if (!head || key?.state !== 'revoked') return { ok: true, value: undefined }
    if (!isOurs(deps.secretBox, head)) throw new Error('the kill list was not sealed by this service')
    const { _id, ...set } = await signHead(deps, handle, head)
    written(await handle(killHeads).patch(_id, { set }, { rev: head.rev }))
    return { ok: true, value: undefined }
  })
  if (!outcome.ok) throw new Error(outcome.error.message)
}

const HEAD_CONTEXT = 'head of the kill list'

function proofOf({ seq, digest }: Extent): string {
  return `${seq} ${digest}`
}

function isOurs(secretBox: SecretBox, head: KillHeadDocument): boolean {
  try {
    return secretBox.open(head.proof, HEAD_CONTEXT) === proofOf(head)
  } catch (error) {
    if (error instanceof SecretBoxError) return false
    throw error
  }
}
