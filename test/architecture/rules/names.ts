import type { Rule, Violation } from '../sources.ts'

const FORBIDDEN = new Set(['util', 'utils', 'helper', 'helpers', 'common', 'core', 'misc', 'shared', 'lib'])
/** `import-rows`, `import-rows.test`, `sync-kill.alone.test`, `annex-env.d`. */
const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*(\.alone)?(\.test)?(\.d)?$/

/** Names say what is inside: kebab-case, and none of the words under which anything could stand. */
export const names: Rule = (sources) =>
  [...sources.keys()].flatMap((path): Violation[] => {
    const parts = path.replace(/\.(ts|mts|js|mjs)$/, '').split('/')
    const forbidden = parts.find((part) => FORBIDDEN.has(part))
    if (forbidden) return [{ rule: 'names', file: path, message: `"${forbidden}" says nothing about what is inside` }]
    const odd = parts.find((part) => !KEBAB.test(part))
    return odd ? [{ rule: 'names', file: path, message: `"${odd}" is not kebab-case` }] : []
  })
