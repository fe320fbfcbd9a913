/**
 * `node --import use-made-programs.ts?tap=<file>&made=<folder>/`: that file in the place of tap, and the modules of that
 * folder in the place of those that bundle, or strip of their types, the programs that a sandbox starts. Of this tree
 * alone: a copy with a planted bug makes its own.
 */
import { registerHooks } from 'node:module'

const SANDBOX = new URL('../../runtime/sandbox/', import.meta.url).href
const TAP = new URL('../../node_modules/tap/dist/esm/index.js', import.meta.url).href
const { searchParams } = new URL(import.meta.url)
const [tap, made] = [searchParams.get('tap'), searchParams.get('made')]
if (tap === null || made === null) throw new Error('use-made-programs.ts?tap=<file>&made=<folder>/: one is missing')
const replaced = new Map([
  [TAP, tap],
  ...['child-programs.ts', 'launcher-program.ts'].map((name) => [SANDBOX + name, new URL(name, made).href] as const),
])

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context)
    const url = replaced.get(found.url)
    return url === undefined ? found : { ...found, url }
  },
})
