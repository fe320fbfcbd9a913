import { isBuiltin } from 'node:module'
import type { Plugin } from 'esbuild'

const NAMESPACE = 'annex-absent'

/**
 * Many a library asks for a module of Node inside a function that only Node would call. Such a `require` fails when it is
 * reached and not before; an `import`, or code of the author's own, is a problem at once.
 */
export const absentModules: Plugin = {
  name: NAMESPACE,
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, ({ path, kind, importer }) => {
      const asked = kind === 'require-call' && isBuiltin(path) && /[\\/]node_modules[\\/]/.test(importer)
      return asked ? { path: path.replace(/^node:/, ''), namespace: NAMESPACE } : undefined
    })
    build.onLoad({ filter: /./, namespace: NAMESPACE }, ({ path }) => ({
      contents: `throw new Error(${JSON.stringify(`"${path}" is a module of Node, and extensions run without Node`)})`,
      loader: 'js',
    }))
  },
}
