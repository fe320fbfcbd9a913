import { join } from 'node:path'
import { HOST_CALLS, type HostCallDeclaration } from '@annex/sdk/host-api'
import { hasReached, PLATFORM_VERSIONS } from '@annex/sdk/platform-version'
import { RESOURCES } from '@annex/sdk/resources'
import { build } from 'esbuild'
import { CAGE_LIMITS, CHECK_LIMITS } from './limits.ts'

/**
 * What caged processes run, by file name: bundled into one file each, as V8 without its compilers cannot run Node's type
 * stripper, which is WebAssembly. The packed command line has them made already, and another file in the place of this one.
 */
export async function childPrograms(): Promise<Map<string, Uint8Array>> {
  const prelude = JSON.stringify(await bundlePrelude())
  return new Map([
    ['guest.cjs', await bundle('child/main.ts', { PRELUDE_SOURCE: prelude, ...constants() })],
    ['check.cjs', await bundle('check-child/main.ts', constants())],
  ])
}

function constants(): Record<string, string> {
  return {
    FRAME_BYTES: String(CAGE_LIMITS.frameBytes),
    CHECK_FRAME_BYTES: String(CHECK_LIMITS.frameBytes),
    CONTEXTS_PER_ISOLATE: String(CAGE_LIMITS.contextsPerIsolate),
    GUEST_HEAP_MB: String(CAGE_LIMITS.guestHeapMb),
  }
}

async function bundle(entry: string, define: Record<string, string>): Promise<Uint8Array> {
  const result = await build({
    entryPoints: [join(import.meta.dirname, entry)],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node26',
    define,
    logLevel: 'silent',
  })
  return (result.outputFiles[0] as { contents: Uint8Array }).contents
}

/** By version of the platform: the host calls that came later. */
function callsToCome(): Record<string, string[]> {
  const calls: [string, HostCallDeclaration][] = Object.entries(HOST_CALLS)
  return Object.fromEntries(
    PLATFORM_VERSIONS.map((platform) => {
      const later = calls.filter(([, { since }]) => since !== undefined && !hasReached(platform, since))
      return [platform, later.map(([name]) => name)]
    }),
  )
}

/** The prelude's value is its `entry` function; nothing of it becomes a global. */
async function bundlePrelude(): Promise<string> {
  const result = await build({
    entryPoints: [join(import.meta.dirname, 'child/prelude/main.ts')],
    bundle: true,
    write: false,
    platform: 'neutral',
    format: 'iife',
    globalName: 'annexPrelude',
    target: 'es2024',
    define: {
      CALLS_TO_COME: JSON.stringify(callsToCome()),
      RESOURCE_NAMES: JSON.stringify(RESOURCES.map(({ name }) => name)),
      LOG_CHARS: String(CAGE_LIMITS.logChars),
    },
    logLevel: 'silent',
  })
  return `(() => {${(result.outputFiles[0] as { text: string }).text}; return annexPrelude.entry })()`
}
