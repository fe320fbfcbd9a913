/**
 * `node --import use-made-programs.ts?made=<url>`: the module at `made` in the place of the one that bundles what caged
 * processes run. Of this tree alone: a copy with a planted bug bundles its own.
 */
import { registerHooks } from 'node:module'

const BUNDLES = new URL('../../runtime/sandbox/child-programs.ts', import.meta.url).href
const made = new URL(import.meta.url).searchParams.get('made')
if (made === null) throw new Error('use-made-programs.ts?made=<url>: made is missing')

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context)
    return found.url === BUNDLES ? { ...found, url: made } : found
  },
})
