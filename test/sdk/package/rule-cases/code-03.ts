import { entry, type RuleCase } from '../rule-case.ts'

export const code03Case: RuleCase = {
  trips: [
    entry('require("fs")'),
    entry('(() => { const { readFile } = require("node:fs/promises") })()'),
    entry('globalThis.require("child_process")'),
    entry('import("node:net")'),
    entry('import(name)'),
    entry('require("left-" + "pad")'),
    entry('require(`node:$\x7bname}`)'),
  ],
  passes: [
    entry('var __require = (x) => x; __require("fs"); root.require("util"); var text = "require(fs)" // import("fs")'),
    entry('(function (modules) { modules[0]((n) => n) })([function (require, module) { module.x = require("fs") }])'),
    entry('var load = typeof require !== "undefined" ? require : (name) => { throw Error(name) }'),
  ],
}
