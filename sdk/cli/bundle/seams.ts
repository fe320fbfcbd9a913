import { join } from 'node:path'
import type { Plugin } from 'esbuild'

const ROOT = join(import.meta.dirname, '../../..')

/** The few modules that know where files of the source tree lie, and what stands for each in the packed command line. */
const SEAMS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'runtime/sandbox/child-programs.ts': 'child-programs.ts',
    'runtime/sandbox/launcher-program.ts': 'launcher-program.ts',
    'runtime/storage/mongodb.ts': 'mongodb.ts',
    'sdk/package/sdk-folder.ts': 'sdk-folder.ts',
  }).map(([path, name]) => [join(ROOT, path), join(import.meta.dirname, 'packed', name)]),
)

const CHECKED = 'annex-seam'

/** Puts the packed modules in the place of those that would look for the source tree. */
export function seams(): Plugin {
  return {
    name: CHECKED,
    setup(build) {
      build.onResolve({ filter: /^\.|^@annex\// }, async ({ path, pluginData, ...where }) => {
        if (pluginData === CHECKED) return undefined
        const found = await build.resolve(path, { ...where, pluginData: CHECKED })
        const packed = SEAMS.get(found.path)
        return packed === undefined ? found : { path: packed }
      })
    },
  }
}
