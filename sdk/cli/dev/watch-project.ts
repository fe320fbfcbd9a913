import { type FSWatcher, watch } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Tells when the author has changed the project. */
export interface ProjectWatch {
  /** Resolves at the next change that has not been told yet; a burst of saves is one change. */
  next(): Promise<void>
  close(): void
}

/** Folders whose files count, whole. */
const FOLDERS = ['dev', 'fixtures']
/** Files beside them that decide what is built and checked. */
const FILES = ['package.json', 'tsconfig.json', 'README.md', 'LICENSE', 'CHANGELOG.md']
const DEBOUNCE_MS = 60
/** Watching may fail without a word (network folders, a folder that was replaced): so it is looked at as well. */
const LOOK_MS = 1000
const MAX_FILES = 5000

/** `source`: what the extension is built from, relative to the folder. */
export async function watchProject(folder: string, source: string): Promise<ProjectWatch> {
  const folders = [...new Set([dirname(source), ...FOLDERS])].filter((path) => path !== '.')
  let seen = await stateOf(folder, folders)
  let changed = false
  let tell: (() => void) | undefined
  let soon: NodeJS.Timeout | undefined
  const look = async () => {
    const now = await stateOf(folder, folders)
    if (now === seen) return
    seen = now
    changed = true
    tell?.()
  }
  const lookSoon = () => {
    clearTimeout(soon)
    soon = setTimeout(() => void look(), DEBOUNCE_MS)
  }
  const watchers = [
    watchFolder(folder, false, lookSoon),
    ...folders.map((path) => watchFolder(join(folder, path), true, lookSoon)),
  ]
  const looking = setInterval(() => void look(), LOOK_MS)
  return {
    async next() {
      if (!changed) await new Promise<void>((resolve) => (tell = resolve))
      changed = false
      tell = undefined
    },
    close() {
      clearTimeout(soon)
      clearInterval(looking)
      for (const watcher of watchers) watcher?.close()
    },
  }
}

function watchFolder(path: string, recursive: boolean, onEvent: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(path, { recursive }, onEvent)
    // The regular look goes on without it.
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    return undefined
  }
}

/** Sizes and times of all that counts, as one text. What annex itself writes is not among it. */
async function stateOf(folder: string, folders: readonly string[]): Promise<string> {
  const inside = await Promise.all(folders.map((path) => filesUnder(join(folder, path))))
  const paths = [...FILES.map((name) => join(folder, name)), ...inside.flat()]
  const states = await Promise.all(
    paths.slice(0, MAX_FILES).map(async (path) => {
      const found = await stat(path).catch(() => undefined)
      return found ? `${path} ${found.size} ${found.mtimeMs} ${found.ino}` : ''
    }),
  )
  return states.join('\n')
}

/** A folder that is not there, or goes while it is read, has no files. */
async function filesUnder(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}
