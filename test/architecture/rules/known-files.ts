import type { Rule } from '../sources.ts'

/** An import of ours names a file that exists, ending included: Node resolves nothing by itself. */
export const knownFiles: Rule = (sources) =>
  [...sources.values()].flatMap((file) =>
    file.imports.flatMap(({ target, line, specifier }) => {
      if (target.kind !== 'file' || !/\.(ts|mts|js|mjs)$/.test(target.path) || sources.has(target.path)) return []
      return [{ rule: 'known-files', file: file.path, line, message: `${specifier} is not there` }]
    }),
  )
