import { entry, type RuleCase } from '../rule-case.ts'

const beside = (path: string, text: string | Uint8Array) => ({ files: { [path]: text } })

export const code01Case: RuleCase = {
  trips: [
    entry('export default {}'),
    entry('import x from "y"'),
    entry('var annexExtension = ('),
    entry('await 1'),
    entry('let a; let a'),
    entry('let a; { var a }'),
    entry(`${'('.repeat(100_000)}1${')'.repeat(100_000)}`),
    beside('src/broken.js', 'export default ('),
    beside('src/page.js', 'const page = <p>not JavaScript</p>'),
    beside('src/latin.mjs', Buffer.from([0x22, 0xe9, 0x22])),
  ],
  passes: [
    entry('var annexExtension = { default: { async *read() { for await (const x of y) yield x?.z ?? 1n } } }'),
    beside('src/module.js', 'import x from "y"\nexport default await x'),
    beside('src/old.cjs', '#!/usr/bin/env node\nif (module.parent) return\nwith (module) exports.x = 010'),
    beside('src/types.ts', 'export type X = {'),
  ],
}
