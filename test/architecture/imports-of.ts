import { type BlankedCode, lineAt } from './blank-code.ts'

/** One mention of another module: `import`, `export … from`, `import()`, `import('…').Type`, `require()`, type-only or not. */
export interface Import {
  specifier: string
  line: number
}

/** What may stand right before a specifier; the source's own text in strings is blank already. */
const BEFORE_SPECIFIER = /(?:\bfrom|\bimport|\b(?:import|require|require\.resolve|import\.meta\.resolve)\s*\()\s*$/

export function importsOf(source: string, { code, strings }: BlankedCode): Import[] {
  return strings
    .filter((literal) => BEFORE_SPECIFIER.test(code.slice(Math.max(0, literal.start - 40), literal.start)))
    .map((literal) => ({ specifier: literal.value, line: lineAt(source, literal.start) }))
}
