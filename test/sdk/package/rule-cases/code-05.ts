import { entry, type RuleCase } from '../rule-case.ts'

const letters = (text: string) => [...text].map((letter) => letter.charCodeAt(0))
const hexNames = Array.from({ length: 12 }, (_, n) => `var _0x${(n + 0x1a2b3c).toString(16)} = ${n};`).join('')
const escaped = (text: string) => [...text].map((letter) => `\\x${letter.charCodeAt(0).toString(16)}`).join('')
const turned = `(function (table, goal) {
  while (true) {
    try {
      if (-parseInt(t(1)) / 1 + parseInt(t(2)) / 2 * (parseInt(t(3)) / 3) + parseInt(t(4)) / 4 === goal) break
      table['push'](table['shift']())
    } catch (error) { table['push'](table['shift']()) }
  }
})(texts, 12345)`

export const code05Case: RuleCase = {
  trips: [
    entry(hexNames),
    entry(turned),
    entry(`var x = String.fromCharCode(${letters('https://evil.example')})`),
    entry(`var x = String.fromCharCode(...[${letters('https://evil.example')}])`),
    entry(`var x = [${letters('https://evil.example')}].map((c) => String.fromCharCode(c ^ 1)).join("")`),
    entry(
      `var x = "${escaped('a long text that nobody is meant to read')}" + "${escaped('and yet another such text')}"`,
    ),
    entry(
      'var order = "3|1|4|0|2".split("|"), i = 0; while (true) { switch (order[i++]) { case "3": f(); continue } break }',
    ),
    entry('eval(function (p, a, c, k, e, d) { return p }("0 1", 2, 2, "a|b".split("|")))'),
    entry(`var x = ${'[][(![]+[])[+[]]+([![]]+[][[]])[+!+[]+[+[]]]]+'.repeat(20)}[]`),
  ],
  passes: [
    entry(
      `var image = "data:image/png;base64,${Buffer.from(Array.from({ length: 900 }, (_, n) => (n * 7919) % 251)).toString('base64')}"`,
    ),
    entry(`var table = [${Array.from({ length: 300 }, (_, n) => `0x${n.toString(16)}`)}]; var _0xff = 1, _0x7f = 2`),
    entry(
      `var blanks = [${[32, 9, 10, 11, 12, 13, 160, 5760, 8192, 8193, 8194, 8195, 8196, 8197, 8198, 8199, 8200]}].map((c) => String.fromCharCode(c))`,
    ),
    entry('var text = String.fromCharCode(72, 105) + "\\x1b[0m\\x00\\xe9"; var queue = []; queue.push(queue.shift())'),
    entry('var days = "mon|tue|wed|thu|fri".split("|"), parts = "1|2".split("|")'),
  ],
}
