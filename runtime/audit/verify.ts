import type { Handle, Page, Store } from '../storage/port.ts'
import { type AuditHead, auditHeads, auditLinks, auditPayloads } from './audit-documents.ts'
import { CHAIN_START, linkHash, payloadDigest } from './chain.ts'
import { type DigestKey, readDigestKey } from './digest-key.ts'

export interface AuditProblem {
  node: string
  sequence: number
  /**
   * `gap`: links are missing. `previous`: it does not continue the one before. `hash`: the link was changed. `payload`:
   * its payload was changed or is gone though the key is there. `unlinked`: a payload that no link vouches for.
   * `head`: the chain does not end where its head says.
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
  for await (const heads of pages((more) => of(auditHeads).find({ where: { node: { $gte: '' } }, ...more }))) {
    for (const head of heads) await verifyChain(walk, head)
  }
  await verifyPayloadsAreLinked(walk)
  result.ok = result.problems.length === 0
  return result
}

async function verifyChain({ of, organizationId, key, result }: Walk, head: AuditHead): Promise<void> {
  const { node = '' } = head
  const where = { node, sequence: { $lte: head.sequence } }
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
      else if (!payload || payloadDigest(key.key, payload) !== link.digest) report('payload')
      last = link
    }
  }
  if (head.sequence !== last.sequence || head.hash !== last.hash) {
    add(result, { node, sequence: last.sequence, problem: 'head' })
  }
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
