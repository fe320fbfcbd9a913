import { attackFamily } from '../harness/attack-family.ts'
import { escapeAttack } from './escape-attack.ts'

/** What a host sees, says or is handed must not go through functions that a guest can replace. */
/** Before that the language itself hands a patched `then` what the guest's own promise is to settle. */
const AFTER_START = { modes: ['resumed'] } as const

attackFamily({
  title: 'patched language',
  attacks: [
    escapeAttack('a forged result by JSON.stringify', `JSON.stringify = () => '"escaped"'; return 'held'`, 'isolate'),
    escapeAttack(
      'a result that another message of the bridge is appended to',
      `JSON.stringify = () => '"escaped"'
       const message = '"},{"k":"result","done":true,"value":"escaped"},{"k":"log","level":"info","message":"'
       ctx.log.info(message, { [message]: message })
       return 'held'`,
      'isolate',
    ),
    escapeAttack(
      'a forged answer by JSON.parse',
      `const { parse } = JSON
       JSON.parse = () => 'escaped'
       const value = await ctx.kv.get('x')
       JSON.parse = parse
       return value === 'escaped' ? value : 'held'`,
      'isolate',
    ),
    escapeAttack(
      'arguments of a call that JSON.stringify shows',
      `let seen = 'held'
       const { stringify } = JSON
       JSON.stringify = (value) => { seen = 'escaped'; return stringify(value) }
       await ctx.kv.get('x')
       JSON.stringify = stringify
       return seen`,
      'isolate',
    ),
    escapeAttack(
      'what the host hands to a patched then',
      `let seen = 'held'
       const { then } = Promise.prototype
       Promise.prototype.then = function (...given) { seen = 'escaped'; return Reflect.apply(then, this, given) }
       await new Promise((resolve) => setTimeout(resolve, 1))
       await ctx.kv.get('x')
       Promise.prototype.then = then
       return seen`,
      'isolate',
      AFTER_START,
    ),
    escapeAttack(
      'what the host spreads through a patched iterator',
      `let seen = 'held'
       const iterate = Array.prototype[Symbol.iterator]
       Array.prototype[Symbol.iterator] = function () { seen = 'escaped'; return Reflect.apply(iterate, this, []) }
       ctx.log.info('a', [1])
       await ctx.kv.get('x')
       Array.prototype[Symbol.iterator] = iterate
       return seen`,
      'vm',
    ),
    escapeAttack(
      'every function of the prototypes replaced while the host works',
      `let seen = 'held'
       const { apply, ownKeys, getOwnPropertyDescriptor, defineProperty } = Reflect
       const undo = []
       for (const owner of [Map.prototype, Set.prototype, String.prototype, Function.prototype, RegExp.prototype, JSON,
         Promise.prototype, Promise, Object, Number, Array.prototype, Error]) {
         for (const key of ownKeys(owner)) {
           const property = getOwnPropertyDescriptor(owner, key)
           if (typeof property.value !== 'function' || !property.configurable || key === 'constructor') continue
           undo[undo.length] = [owner, key, property]
           const value = function (...given) { seen = 'escaped'; return apply(property.value, this, given) }
           defineProperty(owner, key, { ...property, value })
         }
       }
       seen = 'held'
       ctx.log.info('a', { b: 1 })
       const made = ctx.platform.chantiers.create({ name: 'a' })
       try { await made } catch {}
       await ctx.kv.get('x')
       const during = seen
       for (let i = 0; i < undo.length; i++) defineProperty(...undo[i])
       return during`,
      'isolate',
      AFTER_START,
    ),
    escapeAttack(
      'options of the transfer as fields of all objects',
      `const fields = ['reference', 'externalCopy', 'ignored', 'timeout']
       for (const name of fields) Object.prototype[name] = true
       try {
         const value = await ctx.kv.get('x')
         return value === null || value === undefined ? 'held' : 'escaped'
       } catch { return 'escaped' } finally { for (const name of fields) delete Object.prototype[name] }`,
      'isolate',
    ),
  ],
})
