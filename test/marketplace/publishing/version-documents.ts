import type { JsonObject } from '@annex/sdk/json'
import {
  type ExtensionDocument,
  extensions,
  type VersionDocument,
  type VersionState,
  versions,
} from '../../../marketplace/publishing/publishing-collections.ts'
import { versionKey } from '../../../marketplace/publishing/version-key.ts'
import type { Draft, Store } from '../../../runtime/storage/port.ts'

interface Made {
  state?: VersionState
  dependencies?: Record<string, string>
}

/** A version as a publication leaves it, without a package. */
export function versionDraft(
  extension: string,
  version: string,
  { state = 'published', dependencies = {} }: Made = {},
) {
  const sortKey = versionKey(version)
  if (sortKey === undefined) throw new Error(`no key: ${version}`)
  const capabilities = {
    ...{ kind: 'connector', scopes: { required: [], optional: [] }, egress: [], configHosts: [], injections: [] },
    ...{ secrets: [], events: { subscribes: [], emits: [] }, schedules: [] },
    dependencies: Object.entries(dependencies).map(([name, range]) => ({ name, range })),
  } as const
  const card = {
    ...{ displayName: 'A thing', description: '', category: 'OPERATIONS', kind: 'connector', keywords: [] },
    ...{ platform: '>=1.0.0 <2.0.0', pricing: 'FREE' },
  } as const
  const draft = {
    ...{ _id: `${extension}@${version}`, extension, publisher: extension.slice(1).split('/')[0] ?? '', version },
    ...{ sortKey, digest: `digest of ${extension}@${version}`, size: 1, card, capabilities, manifestDigest: 'none' },
    ...{ reportId: 'none', state, submissionId: 'none', createdAt: '2026-01-01T00:00:00.000Z' },
  }
  return draft as unknown as Draft<VersionDocument> & JsonObject
}

/** Publishes versions of extensions: `{ '@acme/a': { '1.0.0': {} } }`. */
export async function putVersions(store: Store, all: Record<string, Record<string, Made>>): Promise<void> {
  const system = store.asSystem('a test writes')
  for (const [extension, made] of Object.entries(all)) {
    const drafts = Object.entries(made).map(([version, more]) => versionDraft(extension, version, more))
    for (let at = 0; at < drafts.length; at += 500) await system(versions).insertMany(drafts.slice(at, at + 500))
    if (!(await system(extensions).get(extension))) await system(extensions).insert(extensionDraft(extension))
  }
}

function extensionDraft(extension: string): Draft<ExtensionDocument> {
  const [publisher = '', name = ''] = extension.slice(1).split('/')
  const at = '2026-01-01T00:00:00.000Z'
  return { _id: extension, publisher, name, status: 'listed', tags: {}, createdAt: at, updatedAt: at }
}
