import type { SecretBox } from '../../runtime/secrets/secret-box.ts'
import type { Handle, Store } from '../../runtime/storage/port.ts'
import { ed25519 } from '../publishing/signing/ed25519.ts'
import { provenKey } from '../publishing/signing/proven-key.ts'
import { signingKeys } from '../publishing/signing/signing-collections.ts'
import { chained, type KillEntry, NO_ENTRIES, readEntry } from './kill-entry.ts'
import { HEAD_ID, KILL_REASON, type KillHeadDocument, killEntries, killHeads } from './kill-list-collections.ts'
import { readKillStatement } from './kill-statement.ts'
import { createKilled, type Killed } from './killed.ts'

/** The list in the store is not what it must be; the copy stays as it was. */
export class KillListRefused extends Error {
  readonly code = 'KILL_LIST_REFUSED'
  /** Its key was revoked: it is to be signed anew. */
  readonly revoked: boolean
  constructor(message: string, revoked = false) {
    super(message)
    this.revoked = revoked
  }
}

export type SignedHead = Pick<KillHeadDocument, 'seq' | 'digest' | 'kid' | 'statement' | 'value'>

/** The kill list as this process last read it and found it sound. */
export interface KillCopy {
  readonly killed: Killed
  readonly entries: readonly KillEntry[]
  readonly head: SignedHead | undefined
  /**
   * Reads what is new; whether anything was. Rejects with `KillListRefused` for a list that is shorter than the copy, has a
   * gap, differs from what is known or signed, or is not signed by a key that holds.
   */
  read(): Promise<boolean>
}

interface CopyDeps {
  store: Store
  secretBox: SecretBox
}

export function createKillCopy(deps: CopyDeps): KillCopy {
  const system = deps.store.asSystem(KILL_REASON)
  const killed = createKilled()
  const entries: KillEntry[] = []
  let head: SignedHead | undefined

  async function read(): Promise<boolean> {
    const stored = await system(killHeads).get(HEAD_ID)
    if (!stored) throw new KillListRefused('there is no kill list')
    await judgeHead(deps, system, stored)
    const known = { seq: head?.seq ?? 0, digest: head?.digest ?? NO_ENTRIES }
    if (stored.seq < known.seq)
      throw new KillListRefused(`it ends at ${stored.seq}, where it had ${known.seq} entries before`)
    const news = await readEntries(system, known.seq, stored.seq)
    const digest = news.reduce((before, { text }) => chained(before, text), known.digest)
    if (digest !== stored.digest) throw new KillListRefused('its entries are not those that were signed')
    for (const { entry } of news) {
      entries.push(entry)
      killed.apply(entry)
    }
    const { seq, kid, statement, value } = stored
    head = { seq, digest, kid, statement, value }
    return news.length > 0
  }

  return {
    killed,
    entries,
    get head() {
      return head
    },
    read,
  }
}

async function judgeHead({ secretBox }: CopyDeps, system: Handle, head: KillHeadDocument): Promise<void> {
  const { kid, statement: text, value, seq, digest } = head
  const key = await system(signingKeys).get(kid)
  if (key?.state === 'revoked') throw new KillListRefused('its key was revoked', true)
  const x = key && provenKey(secretBox, key)
  if (x === undefined) throw new KillListRefused('its key is not one of the marketplace')
  const said = ed25519.verify(x, text, value) ? readKillStatement(text) : undefined
  if (!said) throw new KillListRefused('its signature does not hold')
  if (said.seq !== seq || said.digest !== digest || said.kid !== kid)
    throw new KillListRefused('its signature is of another list')
}

interface ReadEntry {
  entry: KillEntry
  text: string
}

async function readEntries(system: Handle, after: number, last: number): Promise<ReadEntry[]> {
  const found: ReadEntry[] = []
  while (after + found.length < last) {
    const where = { seq: { $gt: after + found.length, $lte: last } }
    const page = await system(killEntries).find({ where, sort: [['seq', 'asc']], limit: 1_000 })
    for (const { text } of page.data) {
      const entry = readEntry(text)
      const expected = after + found.length + 1
      if (entry?.seq !== expected) throw new KillListRefused(`its entry ${expected} is missing or none`)
      found.push({ entry, text })
    }
    if (page.data.length === 0) throw new KillListRefused(`its entry ${after + found.length + 1} is missing`)
  }
  return found
}
