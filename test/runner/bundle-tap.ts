import { randomBytes } from 'node:crypto'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** tap as its users import it. */
const TAP = 'node_modules/tap/dist/esm/index.js'
/** Where tap takes a line of a stack for one of its own. */
const BUNDLE = 'node_modules/.cache/node_modules/@tapjs/tap.mjs'

/** tap is three hundred modules, which each test file would load: here they become one. Answers its address. */
export async function bundleTap(root: URL): Promise<URL> {
  const bundle = new URL(BUNDLE, root)
  const { outputFiles } = await build({
    absWorkingDir: fileURLToPath(root),
    entryPoints: [TAP],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node26',
    // What it holds of CommonJS asks for modules of Node by `require`.
    banner: {
      js: "import { createRequire as requireOf } from 'node:module';const require = requireOf(import.meta.url);",
    },
    logLevel: 'silent',
  })
  const path = fileURLToPath(bundle)
  mkdirSync(dirname(path), { recursive: true })
  // Another run may be reading it.
  const fresh = `${path}.${randomBytes(6).toString('hex')}`
  writeFileSync(fresh, outputFiles[0]?.contents ?? '')
  renameSync(fresh, path)
  return bundle
}
