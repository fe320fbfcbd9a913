import type { HostCallArguments } from '@annex/sdk/host-api'
import type { Json } from '@annex/sdk/json'
import type { Clock } from '../clock.ts'
import { isoPlus } from '../clock.ts'
import { type Result, refusal, success } from '../result.ts'
import { type Handle, StorageError, type Store } from '../storage/port.ts'
import type { Answer, CallContext } from './call-context.ts'
import { type KeyDocument, kvDocumentId, kvKeys, kvUsage } from './kv-documents.ts'
import { textAfterPrefix } from './text-after-prefix.ts'

/** An installation keeps this many keys, expired ones not counted, */
export const MAX_KEYS = 1000
/** each of at most this many bytes of JSON. */
export const MAX_VALUE_BYTES = 64 * 1024
/** Keys that one call reads, and bytes of their values. */
const MAX_MANY = 100
const MAX_MANY_BYTES = 4 * 1024 * 1024

const NEVER = '9999-12-31T23:59:59.999Z'

/** `ctx.kv`: a small space of each installation's own. Not audited: nobody else's data is in it. */
export function createKvCalls({ store, clock }: { store: Store; clock: Clock }) {
  return {
    'kv.get': async ({ installation }: CallContext, { key }: HostCallArguments<'kv.get'>): Answer => {
      const found = await live(store.forOrganization(installation.organizationId), installation.id, key, clock.iso())
      return success(found ? shown(found) : null)
    },
    'kv.getMany': ({ installation }: CallContext, { keys }: HostCallArguments<'kv.getMany'>): Answer =>
      getMany(store.forOrganization(installation.organizationId), installation.id, keys, clock.iso()),
    'kv.set': async ({ installation }: CallContext, args: HostCallArguments<'kv.set'>): Answer => {
      const value = JSON.stringify(args.value)
      if (!isKey(args.key)) return refusal('INVALID_ARGUMENT', 'a key has no control characters')
      if (Buffer.byteLength(value) > MAX_VALUE_BYTES) {
        return refusal('QUOTA_EXCEEDED', `a value has at most ${MAX_VALUE_BYTES} bytes`)
      }
      return store.tx((tx) =>
        set(tx.forOrganization(installation.organizationId), installation.id, { ...args, value, now: clock.iso() }),
      )
    },
    'kv.delete': async ({ installation }: CallContext, { key, ifRev }: HostCallArguments<'kv.delete'>): Answer =>
      store.tx((tx) =>
        remove(tx.forOrganization(installation.organizationId), installation.id, { key, ifRev, now: clock.iso() }),
      ),
    'kv.list': async ({ installation }: CallContext, args: HostCallArguments<'kv.list'>): Answer =>
      list(store.forOrganization(installation.organizationId), installation.id, { ...args, now: clock.iso() }),
  }
}

/** Held against the most that an answer may be before any text is parsed. */
async function getMany(of: Handle, installationId: string, keys: readonly string[], now: string) {
  const ids = keys.map((key) => kvDocumentId(installationId, key))
  const { data } = await of(kvKeys).find({ where: { _id: { $in: [...new Set(ids)] } }, limit: MAX_MANY })
  const found = new Map(data.filter(({ expiresAt }) => expiresAt > now).map((one) => [one._id, one]))
  const kept = ids.map((id) => found.get(id))
  const bytes = kept.reduce((sum, one) => sum + Buffer.byteLength(one?.value ?? ''), 0)
  if (bytes > MAX_MANY_BYTES) {
    return refusal('QUOTA_EXCEEDED', `the values have more than ${MAX_MANY_BYTES} bytes together: ask for fewer`)
  }
  return success(kept.map((one) => (one ? shown(one) : null)))
}

function shown({ value, revision }: KeyDocument): { value: Json; rev: number } {
  return { value: JSON.parse(value), rev: revision }
}

interface SetArguments {
  key: string
  value: string
  ifRev?: number
  ttl?: number
  now: string
}

async function set(
  of: Handle,
  installationId: string,
  { key, value, ifRev, ttl, now }: SetArguments,
): Promise<Result<{ rev: number }>> {
  const _id = kvDocumentId(installationId, key)
  const stored = await of(kvKeys).get(_id)
  const current = stored && stored.expiresAt > now ? stored : undefined
  if (ifRev !== undefined && ifRev !== (current?.revision ?? 0)) return moved(current)
  if (!stored && !(await takePlace(of, installationId, now))) {
    return refusal('QUOTA_EXCEEDED', `an installation keeps at most ${MAX_KEYS} keys`)
  }
  const revision = await of(kvUsage).increment(installationId, 'revision')
  const expiresAt = ttl === undefined ? NEVER : isoPlus(now, ttl * 1000)
  await of(kvKeys).put({ _id, installationId, key, value, revision, expiresAt })
  return success({ rev: revision })
}

async function remove(
  of: Handle,
  installationId: string,
  { key, ifRev, now }: { key: string; ifRev: number | undefined; now: string },
): Promise<Result<boolean>> {
  const stored = await of(kvKeys).get(kvDocumentId(installationId, key))
  const current = stored && stored.expiresAt > now ? stored : undefined
  if (ifRev !== undefined && ifRev !== (current?.revision ?? 0)) return moved(current)
  if (!stored) return success(false)
  await of(kvKeys).delete(stored._id)
  await of(kvUsage).increment(installationId, 'keys', -1)
  return success(current !== undefined)
}

async function list(
  of: Handle,
  installationId: string,
  { prefix = '', limit = 100, cursor, now }: HostCallArguments<'kv.list'> & { now: string },
) {
  if (!prefix.isWellFormed()) return refusal('INVALID_ARGUMENT', 'a prefix is well-formed Unicode')
  const end = textAfterPrefix(prefix)
  const query = {
    where: {
      installationId,
      expiresAt: { $gt: now },
      key: { $gte: prefix, ...(end === undefined ? {} : { $lt: end }) },
    },
    sort: [['key', 'asc']] as const,
    limit,
  }
  try {
    const page = await of(kvKeys).find(cursor === undefined ? query : { ...query, cursor })
    const data = page.data.map(({ key, revision }) => ({ key, rev: revision }))
    return success(page.nextCursor === undefined ? { data } : { data, nextCursor: page.nextCursor })
  } catch (error) {
    if (cursor === undefined || !(error instanceof StorageError)) throw error
    return refusal('INVALID_ARGUMENT', 'the cursor does not belong to this list')
  }
}

/** Counts one more key, if there is room: expired ones are swept only when it is needed. */
async function takePlace(of: Handle, installationId: string, now: string): Promise<boolean> {
  const keys = await of(kvUsage).increment(installationId, 'keys')
  if (keys <= MAX_KEYS) return true
  const swept = await of(kvKeys).deleteWhere({ installationId, expiresAt: { $lte: now } })
  // Without room the place that was just taken is given back.
  await of(kvUsage).increment(installationId, 'keys', -swept - (keys - swept > MAX_KEYS ? 1 : 0))
  return keys - swept <= MAX_KEYS
}

async function live(of: Handle, installationId: string, key: string, now: string): Promise<KeyDocument | undefined> {
  const stored = await of(kvKeys).get(kvDocumentId(installationId, key))
  return stored && stored.expiresAt > now ? stored : undefined
}

function moved(current: KeyDocument | undefined) {
  return refusal('CONFLICT', current ? `the key is at revision ${current.revision}` : 'the key is not there')
}

function isKey(key: string): boolean {
  return key.isWellFormed() && !/\p{Cc}/u.test(key)
}
