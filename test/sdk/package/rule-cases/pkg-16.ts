import type { RuleCase } from '../rule-case.ts'

const holding = (count: number, path: (index: number) => string) => ({
  files: Object.fromEntries(Array.from({ length: count }, (_, index) => [path(index), `${index}`])),
})

/** The good package has seven files, one of them a script. */
export const pkg16Case: RuleCase = {
  trips: [
    holding(100, (n) => `lib/${n}.js`),
    holding(100, (n) => `lib/${n}.${['js', 'cjs', 'MJS', 'jsx'][n % 4]}`),
    holding(494, (n) => `fixtures/${n}.json`),
  ],
  passes: [
    holding(99, (n) => `lib/${n}.js`),
    holding(400, (n) => `src/${n}.js`),
    holding(300, (n) => `lib/${n}.json`),
    holding(493, (n) => `fixtures/${n}.json`),
  ],
}
