import { entry, type RuleCase } from '../rule-case.ts'

export const code04Case: RuleCase = {
  trips: [
    entry('process.binding("fs")'),
    entry('globalThis.process.getBuiltinModule("fs")'),
    entry('process["main" + "Module"]'),
    entry('[].constructor.constructor'),
    entry('x["constructor"]["constructor"]("return this")'),
    entry('x["con" + "structor"]'),
    entry('Object.prototype.isAdmin = true'),
    entry('Object.defineProperty(Object.prototype, "toJSON", { value: steal })'),
    entry('x.__proto__.isAdmin = true'),
    entry('x["__proto__"].isAdmin = true'),
    entry('Promise.prototype.then = function () {}'),
    entry('Function.prototype.call = spy'),
    entry('var run = (ctx) => new Proxy(ctx, {})'),
    entry('Reflect.ownKeys(globalThis)'),
    entry('var run = (ctx) => Reflect.defineProperty(ctx.platform, "x", {})'),
  ],
  passes: [
    entry('var inherit = (a, b) => { a.__proto__ = b; a.prototype.constructor = a; a.prototype.then = b }'),
    entry('if (!Array.prototype.at) Array.prototype.at = function (n) { return this[n] }'),
    entry('Object.prototype.hasOwnProperty.call(x, "y"); var bound = Function.prototype.call.bind([].slice)'),
    entry(
      'Object.defineProperty(exports, "__esModule", { value: true }); Object.defineProperty(Site.prototype, "x", {})',
    ),
    entry('var draft = new Proxy(state, traps); Reflect.ownKeys(state); x.constructor.name; y["a" + "b"]'),
    entry('function f(process) { return process.binding("x") } var free = root.process; free.binding'),
  ],
}
