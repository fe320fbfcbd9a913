import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Plugin } from 'esbuild'
import { SDK_FOLDER } from './sdk-folder.ts'

const NAMESPACE = 'annex-sdk'

/**
 * Resolves `@annex/sdk` to the SDK that this tool belongs to, whether or not the author installed one. Its files go
 * under names of their own, so that no path of this machine reaches the bundle.
 */
export function sdkFiles(entry = join(SDK_FOLDER, 'index.ts')): Plugin {
  const folder = dirname(entry)
  return {
    name: NAMESPACE,
    setup(build) {
      build.onResolve({ filter: /^@annex\/sdk$/ }, () => ({
        path: entry.slice(folder.length + 1),
        namespace: NAMESPACE,
        sideEffects: false,
      }))
      build.onResolve({ filter: /^\.{1,2}\//, namespace: NAMESPACE }, ({ path, importer }) => ({
        path: join(dirname(importer), path).replaceAll('\\', '/'),
        namespace: NAMESPACE,
        sideEffects: false,
      }))
      build.onLoad({ filter: /./, namespace: NAMESPACE }, async ({ path }) => ({
        contents: await readFile(join(folder, path), 'utf8'),
        loader: path.endsWith('.ts') ? 'ts' : 'js',
      }))
    },
  }
}
