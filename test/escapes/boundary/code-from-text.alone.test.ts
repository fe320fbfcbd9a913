import { attackFamily } from '../harness/attack-family.ts'
import { escapeAttack } from './escape-attack.ts'

/** `make` gives a function made of text, or what that text gave. */
function text(title: string, make: string): ReturnType<typeof escapeAttack> {
  const code = `
const BODY = 'return 6 * 7'
const PROGRAM = '6 * 7'
try {
  let made = await (${make})
  if (typeof made === 'function') made = made()
  if (typeof made?.next === 'function') made = made.next()
  made = await made
  return (made?.value ?? made) === 42 ? 'escaped' : 'held'
} catch { return 'held' }`
  return escapeAttack(title, code, 'isolate')
}

attackFamily({
  title: 'code from text',
  attacks: [
    text('a direct eval', 'eval(PROGRAM)'),
    text('an eval by another name', '(0, globalThis["ev" + "al"])(PROGRAM)'),
    text('an eval kept in a closure of the language', '[PROGRAM].map(globalThis.eval ?? (() => 0))[0]'),
    text('the constructor of functions', 'Function(BODY)'),
    text('the constructor of async functions', '(async () => {}).constructor(BODY)'),
    text('the constructor of generators', '(function* () {}).constructor(BODY)'),
    text('the constructor of async generators', '(async function* () {}).constructor(BODY)'),
    text('a class that extends the constructor', 'new (class extends Function {})(BODY)'),
    text('Reflect.construct for another class', 'Reflect.construct(Function, [BODY], class {})'),
    text('a bound constructor', 'Function.bind(null, BODY)()'),
    text('a constructor in a proxy', 'new Proxy(Function, {})(BODY)'),
    text('a constructor called by the language', 'Promise.resolve(BODY).then(Function)'),
    text('a constructor as a species', '(class { static [Symbol.species] = Function })[Symbol.species](BODY)'),
    text('a parameter that is an expression', 'Function("a = 6 * 7", "return a")'),
    text('an object that becomes text only when asked', 'Function({ toString: () => BODY })'),
    text('the constructor behind the constructor', 'Object.getPrototypeOf((async () => {}).constructor)(BODY)'),
    text('the constructor of a function of the host', 'ctx.kv.get.constructor(BODY)'),
    text('the constructor of a promise of the host', 'ctx.kv.get("x").then.constructor(BODY)'),
  ],
})
