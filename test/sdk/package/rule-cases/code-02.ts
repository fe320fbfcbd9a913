import { entry, type RuleCase } from '../rule-case.ts'

export const code02Case: RuleCase = {
  trips: [
    entry('eval(text)'),
    entry('(0, eval)("1 + " + x)'),
    entry('globalThis.eval("1")'),
    entry('window["ev" + "al"](x)'),
    entry('new Function("a", body)'),
    entry('Function("return 7")()'),
    entry('Function.apply(null, parts)'),
    entry('(() => {}).constructor(body)()'),
    entry('(async function () {}).constructor("return 1")'),
    entry('setTimeout("tick()", 10)'),
    entry('setInterval("tick(" + n + ")", 10)'),
    entry('function f(eval2) { return eval(eval2) }'),
  ],
  passes: [
    entry('var text = "eval(x)"; // eval(x)\nvar isFunction = (x) => typeof x === "function" && x instanceof Function'),
    entry('function evaluate(eval) { return eval("1") }'),
    entry('var parser = { eval: (x) => x }; parser.eval(text); math.evaluate(text)'),
    entry('setTimeout(() => tick("now"), 10); setTimeout(tick, 10, "text")'),
    entry('class Site { constructor(x) { this.constructor.name; new this.constructor(x) } }'),
    entry('var makers = { Function: 1 }; Function.prototype.call.call(f, x)'),
  ],
}
