import type { Handle, Page, Store } from '../storage/port.ts'
import {
  type AuditHead,
  type AuditLink,
  type AuditPayload,
  auditHeads,
  auditLinks,
  auditPayloads,
} from './audit-documents.ts'
import { CHAIN_START, linkHash, payloadDigest } from './chain.ts'
import { type DigestKey, readDigestKey } from './digest-key.ts'

export interface AuditProblem {
  node: string
  sequence: number
  /**
   * `gap`: links are missing. `previous`: it does not continue the one before. `hash`: the link was changed. `payload`:
   * its payload was changed or is gone though the key is there. `unlinked`: a payload that no link vouches for.
   * `head`: the chain does not end where its head says, or has no head at all.
   */
  problem: 'gap' | 'previous' | 'hash' | 'payload' | 'unlinked' | 'head'
}

export interface AuditVerification {
  /** True when there is no problem. Erased payloads are none. */
  ok: boolean
  links: number
  /** Links whose payload was erased together with its key. */
  erased: number
  /** The first hundred. */
  problems: AuditProblem[]
}

const PAGE = 500
const MAX_PROBLEMS = 100

interface Walk {
  of: Handle
  organizationId: string
  key: DigestKey | undefined
  result: AuditVerification
}

/** Recomputes every chain of an organization from its rows. Entries that are added meanwhile are left out. */
export async function verifyChains(store: Store, organizationId: string): Promise<AuditVerification> {
  const of = store.forOrganization(organizationId)
  const key = await readDigestKey(of, organizationId)
  const result: AuditVerification = { ok: true, links: 0, erased: 0, problems: [] }
  const walk: Walk = { of, organizationId, key, result }
  const withHead = new Set<string>()
  for await (const heads of pages((more) => of(auditHeads).find({ where: { node: { $gte: '' } }, ...more }))) {
    for (const head of heads) {
      withHead.add(head.node ?? '')
      await verifyChain(walk, head.node ?? '', head)
    }
  }
  await verifyOtherChains(walk, withHead)
  await verifyPayloadsAreLinked(walk)
  result.ok = result.problems.length === 0
  return result
}

/** Whoever deletes a head must not take its chain out of the verification: the links themselves name their nodes. */
async function verifyOtherChains(walk: Walk, withHead: ReadonlySet<string>): Promise<void> {
  let node = await nextNode(walk.of, '')
  while (node !== undefined) {
    if (!withHead.has(node)) {
      // A node that began meanwhile has one by now: head and first link come in one commit.
      const head = await walk.of(auditHeads).get(`${walk.organizationId}/${node}`)
      await verifyChain(walk, node, head?.node === node ? head : undefined)
    }
    node = await nextNode(walk.of, node)
  }
}

async function nextNode(of: Handle, after: string): Promise<string | undefined> {
  const sort = [['node', 'asc'] as const, ['sequence', 'asc'] as const]
  const page = await of(auditLinks).find({ where: { node: { $gt: after } }, sort, limit: 1 })
  return page.data[0]?.node
}

async function verifyChain(walk: Walk, node: string, head: AuditHead | undefined): Promise<void> {
  const { of, organizationId, key, result } = walk
  const where = head ? { node, sequence: { $lte: head.sequence } } : { node }
  let last = { sequence: 0, hash: CHAIN_START }
  for await (const links of pages((more) =>
    of(auditLinks).find({ where, sort: [['sequence', 'asc']], limit: PAGE, ...more }),
  )) {
    const payloads = await byId(of(auditPayloads).getMany(links.map((link) => link._id)))
    for (const link of links) {
      const report = (problem: AuditProblem['problem']) => add(result, { node, sequence: link.sequence, problem })
      result.links += 1
      if (link.sequence !== last.sequence + 1) report('gap')
      if (link.previousHash !== last.hash) report('previous')
      if (linkHash(organizationId, link) !== link.hash) report('hash')
      const payload = payloads.get(link._id)
      if (key?.keyId !== link.keyId) result.erased += 1
      else if (!payload || !fits(payload, link, key)) report('payload')
      last = link
    }
  }
  if (head?.sequence !== last.sequence || head.hash !== last.hash) {
    add(result, { node, sequence: last.sequence, problem: 'head' })
  }
}

/** The digest leaves out the payload's `keyId`, which decides what an erasure takes. */
function fits(payload: AuditPayload, link: AuditLink, { keyId, key }: DigestKey): boolean {
  return payload.keyId === keyId && payloadDigest(key, payload) === link.digest
}

async function verifyPayloadsAreLinked({ of, result }: Walk): Promise<void> {
  const where = { at: { $gte: '' } }
  for await (const payloads of pages((more) =>
    of(auditPayloads).find({ where, sort: [['at', 'asc']], limit: PAGE, ...more }),
  )) {
    const links = await byId(of(auditLinks).getMany(payloads.map((payload) => payload._id)))
    for (const { _id, node, sequence } of payloads) {
      if (!links.has(_id)) add(result, { node, sequence, problem: 'unlinked' })
    }
  }
}

function add(result: AuditVerification, problem: AuditProblem): void {
  if (result.problems.length < MAX_PROBLEMS) result.problems.push(problem)
}

async function byId<T extends { _id: string }>(found: Promise<T[]>): Promise<Map<string, T>> {
  return new Map((await found).map((document) => [document._id, document]))
}

async function* pages<T>(find: (more: { cursor?: string }) => Promise<Page<T>>): AsyncGenerator<T[]> {
  let more: { cursor?: string } | undefined = {}
  while (more) {
    const page: Page<T> = await find(more)
    yield page.data
    more = page.nextCursor === undefined ? undefined : { cursor: page.nextCursor }
  }
}
