import type { Rule, Sources, Violation } from '../sources.ts'

/** No file leads back to itself, through types neither. Each circle is told once, as the way round it. */
export const circles: Rule = (sources) => {
  const done = new Set<string>()
  const violations: Violation[] = []
  for (const path of sources.keys()) visit(path, [])
  return violations

  function visit(path: string, trail: readonly string[]): void {
    const start = trail.indexOf(path)
    if (start >= 0) {
      const way = [...trail.slice(start), path].join(' → ')
      violations.push({ rule: 'circles', file: path, message: way })
    }
    if (start >= 0 || done.has(path)) return
    for (const next of importedFiles(sources, path)) visit(next, [...trail, path])
    done.add(path)
  }
}

function importedFiles(sources: Sources, path: string): string[] {
  const targets = sources.get(path)?.imports.map(({ target }) => target) ?? []
  return targets.flatMap((target) => (target.kind === 'file' && sources.has(target.path) ? [target.path] : []))
}
