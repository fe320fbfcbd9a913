import { hash } from 'node:crypto'
import type { Outside } from '@annex/package/outside'
import { RULE_SET } from '@annex/package/rules'
import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import semver from 'semver'
import type { Audit } from '../../runtime/audit/audit.ts'
import type { Clock } from '../../runtime/clock.ts'
import { collection, type Store, type Stored } from '../../runtime/storage/port.ts'
import { type Identity, identityName } from '../accounts/identity.ts'
import { type Outcome, refused } from '../errors.ts'

const REASON = 'what rules need from outside is the same for everybody'

/** Faults of libraries, as in the OSV schema, reduced to what a comparison needs. */
export const Advisory = Type.Object(
  {
    id: Type.String({ minLength: 1, maxLength: 64 }),
    library: Type.String({ minLength: 1, maxLength: 214 }),
    affected: Type.String({ minLength: 1, maxLength: 300, description: 'A semver range' }),
    severity: Type.Union([
      Type.Literal('low'),
      Type.Literal('moderate'),
      Type.Literal('high'),
      Type.Literal('critical'),
    ]),
    summary: Type.String({ minLength: 1, maxLength: 300 }),
  },
  { additionalProperties: false },
)

/** What an operator can import, by kind. */
export const RULE_DATA = {
  advisories: Advisory,
  'harmful-files': Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 in hexadecimal' }),
  trademarks: Type.String({ minLength: 2, maxLength: 64 }),
} as const satisfies Record<string, TSchema>

export type RuleDataKind = keyof typeof RULE_DATA
type Row<K extends RuleDataKind> = Static<(typeof RULE_DATA)[K]>

/** More than this is a mistake, or too much to hold in memory. */
export const MAX_ROWS = 50_000

interface RuleDataDocument extends Stored {
  /** The rows are a blob of JSON: far more than a document may hold. */
  blob: string
  count: number
  by: string
  at: string
}

export interface ImportedRuleData {
  kind: RuleDataKind
  count: number
  by: string
  at: string
}

export const ruleDataCollection = collection<RuleDataDocument>({ name: 'ruleData', scope: 'system', indexes: {} })

/** What rules need that no package can tell, as the operator imported it. A kind that was never imported is not known. */
export interface RuleData {
  list(): Promise<ImportedRuleData[]>
  /** Replaces the rows of one kind. */
  import(identity: Identity, kind: RuleDataKind, rows: readonly unknown[]): Promise<Outcome<ImportedRuleData>>
  /** Names the rules and what was imported: a package that was held against both need not be looked at again. */
  standard(): Promise<string>
  current(): Promise<Pick<Outside, 'advisories' | 'harmfulFiles'> & { trademarks?: readonly string[] }>
}

export function createRuleData(deps: { store: Store; clock: Clock; audit: Audit }): RuleData {
  const { store } = deps
  const system = store.asSystem(REASON)
  const kept = new Map<RuleDataKind, { blob: string; rows: unknown[] }>()

  async function rows<K extends RuleDataKind>(kind: K): Promise<Row<K>[] | undefined> {
    const document = await system(ruleDataCollection).get(kind)
    if (!document) return undefined
    const known = kept.get(kind)
    if (known?.blob === document.blob) return known.rows as Row<K>[]
    const bytes = await store.blobs.get(document.blob)
    if (!bytes) throw new Error(`the imported ${kind} are gone`)
    const read = JSON.parse(Buffer.from(bytes).toString('utf8')) as Row<K>[]
    kept.set(kind, { blob: document.blob, rows: read })
    return read
  }

  return {
    async list() {
      const found = await system(ruleDataCollection).getMany(Object.keys(RULE_DATA))
      return found.map(view)
    },
    import: (identity, kind, given) => importRows(deps, identity, kind, given),
    async standard() {
      const imported = (await system(ruleDataCollection).getMany(Object.keys(RULE_DATA))).map(
        ({ _id, blob }) => `${_id} ${blob}`,
      )
      return `${RULE_SET}:${hash('sha256', imported.sort().join('\n')).slice(0, 16)}`
    },
    async current() {
      const [advisories, files, trademarks] = await Promise.all([
        rows('advisories'),
        rows('harmful-files'),
        rows('trademarks'),
      ])
      return {
        ...(advisories && { advisories }),
        ...(files && { harmfulFiles: new Set(files) }),
        ...(trademarks && { trademarks }),
      }
    },
  }
}

async function importRows(
  { store, clock, audit }: { store: Store; clock: Clock; audit: Audit },
  identity: Identity,
  kind: RuleDataKind,
  rows: readonly unknown[],
): Promise<Outcome<ImportedRuleData>> {
  if (rows.length > MAX_ROWS) return refused('INVALID_ARGUMENT', `at most ${MAX_ROWS} rows are taken`)
  const odd = rows.findIndex((row) => !isRow(kind, row))
  if (odd >= 0) return refused('INVALID_ARGUMENT', `row ${odd} is not one of ${kind}`)
  // The bytes first: a document never names a blob that is not there. The old blob stays: another node may be reading it.
  const { id: blob } = await store.blobs.put(Buffer.from(JSON.stringify(rows)))
  const by = identityName(identity)
  const stored = await store.tx(async (tx) => {
    const document = { _id: kind, blob, count: rows.length, by, at: clock.iso() }
    const entry = { organizationId: 'system', actor: by, action: 'ruleData.import', target: kind }
    await audit.within(tx, { ...entry, outcome: 'allowed', details: { count: rows.length, blob } })
    return tx.asSystem(REASON)(ruleDataCollection).put(document)
  })
  return { ok: true, value: view(stored) }
}

function isRow(kind: RuleDataKind, row: unknown): boolean {
  if (!Value.Check(RULE_DATA[kind], row)) return false
  return kind !== 'advisories' || semver.validRange((row as Row<'advisories'>).affected) !== null
}

function view({ _id, count, by, at }: RuleDataDocument): ImportedRuleData {
  return { kind: _id as RuleDataKind, count, by, at }
}
