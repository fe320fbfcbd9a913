import { createHash } from 'node:crypto'
import { canonicalJson } from '@annex/sdk/canonical-json'
import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { InstalledCode } from '../../runtime/installation-source.ts'

const strict = { additionalProperties: false }
const Extension = Type.String({ pattern: '^@[a-z0-9-]+/[a-z0-9-]+$', maxLength: 130, description: '`@publisher/name`' })

export const KillTarget = Type.Union([
  Type.Object({ kind: Type.Literal('extension'), extension: Extension }, strict),
  Type.Object(
    { kind: Type.Literal('version'), extension: Extension, version: Type.String({ minLength: 1, maxLength: 64 }) },
    strict,
  ),
  Type.Object(
    {
      kind: Type.Literal('digest'),
      digest: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 of the package, in hexadecimal' }),
    },
    strict,
  ),
  Type.Object(
    { kind: Type.Literal('publisher'), publisher: Type.String({ pattern: '^[a-z0-9-]+$', maxLength: 64 }) },
    strict,
  ),
])
export type KillTarget = Static<typeof KillTarget>

/** Whatever is killed runs no more. `disable` shows in the installations too, `uninstall` takes them away. */
export const KillAction = Type.Union([Type.Literal('block'), Type.Literal('disable'), Type.Literal('uninstall')])
export type KillAction = Static<typeof KillAction>

/** What is signed of an entry, and all that outsiders see of it. */
export const KillEntry = Type.Object(
  {
    seq: Type.Integer({ minimum: 1, description: '1, 2, 3, … without gaps' }),
    target: KillTarget,
    action: Type.Union([KillAction, Type.Literal('lift')]),
    lifts: Type.Optional(Type.Integer({ minimum: 1, description: 'The entry that a `lift` takes back' })),
    reason: Type.String({ minLength: 1, maxLength: 500 }),
    at: Type.String({ format: 'date-time' }),
  },
  strict,
)
export type KillEntry = Static<typeof KillEntry>

/** The digest of the empty list. */
export const NO_ENTRIES = '0'.repeat(64)

/** One text for one entry: RFC 8785. */
export function entryText(entry: KillEntry): string {
  return canonicalJson(entry)
}

/** `undefined` for what is no entry. */
export function readEntry(text: string): KillEntry | undefined {
  try {
    const parsed: unknown = JSON.parse(text)
    return isEntry(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

function isEntry(parsed: unknown): parsed is KillEntry {
  return Value.Check({ ...KillEntry, properties: { ...KillEntry.properties, at: Type.String() } }, parsed)
}

/** The digest of a list with one more entry: SHA-256 (hex) of the one before, a line feed, and the entry's text. */
export function chained(before: string, text: string): string {
  return createHash('sha256').update(`${before}\n${text}`).digest('hex')
}

/** One text for one target. */
export function targetKey(target: KillTarget): string {
  if (target.kind === 'version') return `version ${target.extension}@${target.version}`
  if (target.kind === 'extension') return `extension ${target.extension}`
  return target.kind === 'digest' ? `digest ${target.digest}` : `publisher ${target.publisher}`
}

/** The keys of all targets that the code falls under. */
export function keysOf({ extension, version, digest }: Omit<InstalledCode, 'organizationId'>): string[] {
  const publisher = extension.slice(1, extension.indexOf('/'))
  return [
    targetKey({ kind: 'digest', digest }),
    targetKey({ kind: 'version', extension, version }),
    targetKey({ kind: 'extension', extension }),
    targetKey({ kind: 'publisher', publisher }),
  ]
}
