import { transformSync } from 'esbuild'
import { entry, type RuleCase, type RuleTry } from '../rule-case.ts'

/** Code of some length, with words that a minifier keeps and names that it does not. */
const SOURCE = Array.from(
  { length: 60 },
  (_, n) => `
function convertSite${n}(inputRecord, outputTable) {
  const normalizedName = inputRecord.displayName.trim().toLowerCase()
  if (typeof normalizedName !== 'string') throw new TypeError('the name of site ${n} is missing')
  return outputTable.registerSite({ identifier: ${n}, label: normalizedName, kind: 'site-${n}' })
}
globalThis.handlers.push(convertSite${n})`,
).join('\n')

const options = { minify: true, sourcemap: 'external', sourcefile: '../src/index.ts', sourcesContent: true } as const
const MINIFIED = transformSync(SOURCE, options)

interface MapText {
  sources: string[]
  sourcesContent: (string | null)[]
  mappings: string
}

function minified(change: (map: MapText) => void = () => undefined): RuleTry {
  const map = JSON.parse(MINIFIED.map) as MapText
  change(map)
  return entry(MINIFIED.code, { 'dist/extension.js.map': JSON.stringify(map) })
}

const table = JSON.stringify(Array.from({ length: 900 }, (_, n) => `row ${n}`))
const objects = `var t = [${Array.from({ length: 200 }, (_, n) => `{ id: ${n}, name: "x", next: ${n + 1} }`).join(', ')}]`

export const code07Case: RuleCase = {
  trips: [
    entry(MINIFIED.code),
    entry(MINIFIED.code, { 'dist/extension.js.map': undefined }),
    entry(MINIFIED.code, { 'dist/extension.js.map': 'not a map' }),
    minified((map) => Object.assign(map, { sourcesContent: [] })),
    minified((map) => Object.assign(map, { sourcesContent: [null] })),
    minified((map) => Object.assign(map, { sourcesContent: ['export default {}\n'] })),
    minified((map) => Object.assign(map, { sourcesContent: [SOURCE.replaceAll('Record', 'x')] })),
    minified((map) => Object.assign(map, { mappings: map.mappings.slice(0, 900) })),
    minified((map) => Object.assign(map, { mappings: 'AAAA' })),
  ],
  passes: [
    minified(),
    entry(SOURCE),
    entry(`var table = ${table}`),
    entry(objects),
    entry(`var page = \`${'<p>text;without,any{spaces}</p>'.repeat(200)}\``),
    entry(MINIFIED.code.slice(0, MINIFIED.code.indexOf('}', 800) + 1)),
  ],
}
