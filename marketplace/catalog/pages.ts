import type { ImageType } from '@annex/package/rules/image-facts'
import type { PackageChecker } from '../../runtime/sandbox/package-checker.ts'
import type { Store } from '../../runtime/storage/port.ts'
import { type Outcome, refused } from '../errors.ts'
import { versions } from '../publishing/publishing-collections.ts'
import type { Reports } from '../publishing/reports.ts'
import { ANYBODY, type Viewer } from '../publishing/visibility.ts'
import type { Releases } from './releases.ts'

const REASON = 'the catalog is the same for everybody'
/** Pages and pictures that are kept, and the bytes of them all. */
const KEPT = 512
const KEPT_BYTES = 16 * 1024 * 1024

export type PageKind = 'readme' | 'changelog'

/** What a version shows: made in a caged process, and kept for those who ask next. It never changes. */
export interface Pages {
  /** Safe HTML, without anything around it. `NOT_FOUND` when the package has no such page. */
  page(extension: string, version: string, kind: PageKind, viewer?: Viewer): Promise<Outcome<Shown>>
  /** By its path in the package. */
  picture(extension: string, version: string, path: string, viewer?: Viewer): Promise<Outcome<Shown>>
}

export interface Shown {
  /** `html`, or what the bytes of a picture are. */
  type: 'html' | ImageType
  bytes: Uint8Array
  /** Everybody may have it. */
  open: boolean
}

export interface PagesDeps {
  store: Store
  reports: Reports
  releases: Releases
  checker: Pick<PackageChecker, 'render' | 'picture'>
}

export function createPages({ store, reports, releases, checker }: PagesDeps): Pages {
  const system = store.asSystem(REASON)
  const kept = new Map<string, Omit<Shown, 'open'> | undefined>()
  let size = 0

  async function remembered(
    key: string,
    make: () => Promise<Outcome<Omit<Shown, 'open'>>>,
  ): Promise<Outcome<Omit<Shown, 'open'>>> {
    const known = kept.get(key)
    if (known) return { ok: true, value: known }
    const made = await make()
    if (!made.ok) return made
    kept.set(key, made.value)
    size += made.value.bytes.byteLength
    for (const [oldest, old] of kept) {
      if (size <= KEPT_BYTES && kept.size <= KEPT) break
      kept.delete(oldest)
      size -= old?.bytes.byteLength ?? 0
    }
    return made
  }

  return {
    async page(extension, number, kind, viewer = ANYBODY) {
      const release = await releases.release(extension, number, viewer)
      if (!release.ok) return release
      const made = await remembered(`${kind} ${extension}@${number}`, async () => {
        const version = await system(versions).get(`${extension}@${number}`)
        const text = version && (await reports.passed(version.reportId)).package.texts[kind]
        if (text === undefined) return refused('NOT_FOUND', `${extension} ${number} has no such page`)
        const files = `${release.value.links.self}/files/`
        const result = await checker.render(text, files)
        if (!result.ok) return unavailable(result.code)
        return { ok: true, value: { type: 'html', bytes: Buffer.from(result.value.html) } }
      })
      return withReach(made, release.value)
    },
    async picture(extension, number, path, viewer = ANYBODY) {
      const release = await releases.release(extension, number, viewer)
      if (!release.ok) return release
      const made = await remembered(`picture ${release.value.digest} ${path}`, async () => {
        const download = await releases.download(extension, number, viewer)
        if (!download.ok) return download
        const result = await checker.picture(download.value.bytes, path)
        if (!result.ok) return unavailable(result.code)
        if (result.value === null) return refused('NOT_FOUND', `${extension} ${number} has no picture at this path`)
        const { type, base64 } = result.value
        return { ok: true, value: { type, bytes: Buffer.from(base64, 'base64') } }
      })
      return withReach(made, release.value)
    },
  }
}

function withReach(made: Outcome<Omit<Shown, 'open'>>, { visibility }: { visibility?: string }): Outcome<Shown> {
  return made.ok ? { ok: true, value: { ...made.value, open: visibility !== 'organization' } } : made
}

/** What passed its check and cannot be shown all the same takes too long, or the process is busy: the page goes on without. */
function unavailable(code: string) {
  return refused('UNAVAILABLE', `it cannot be shown now (${code})`, { retryAfter: 5 })
}
