import { attackFamily } from '../harness/attack-family.ts'
import { escapeAttack, throwAttack } from './escape-attack.ts'

/** Texts that only the host's own frames and files have. */
const HOST = '/node:|file:|bare-world|guest\\.cjs|\\/tmp\\/|\\/proc\\//'

attackFamily({
  title: 'stack frames',
  attacks: [
    escapeAttack(
      'the functions of the frames while the host turns arguments to text',
      `let seen = 'held'
       Error.prepareStackTrace = (error, sites) => sites
       const spy = () => {
         for (const site of new Error('x').stack) {
           const made = site.getFunction?.()
           if (typeof made === 'function' && !/spy|native code/.test(String(made))) seen = 'escaped'
         }
         return 'x'
       }
       ctx.log.info({ toString: spy, toJSON: spy }, { toJSON: spy })
       await ctx.kv.set('x', { toJSON: spy })
       return seen`,
      'isolate',
    ),
    escapeAttack(
      'the objects of the frames',
      `let seen = 'held'
       Error.prepareStackTrace = (error, sites) => sites
       for (const site of new Error('x').stack) {
         try {
           const owner = site.constructor.constructor('return process')()
           if (typeof owner === 'object') seen = 'escaped'
         } catch {}
         const it = site.getThis?.()
         if (it && it !== globalThis && it !== annexExtension.default) seen = 'escaped'
       }
       return seen === 'escaped' || ${HOST}.test(String(new Error('y').stack.map?.(String))) ? 'escaped' : 'held'`,
      'vm',
    ),
    escapeAttack(
      'the caller of a function that the host calls',
      `let seen = 'held'
       function spy() {
         let caller
         try { caller = spy.caller ?? arguments.callee.caller } catch {}
         if (typeof caller === 'function' && !/attack/.test(caller.name)) seen = 'escaped'
         return 'x'
       }
       ctx.log.info({ toString: spy, [Symbol.toPrimitive]: spy })
       try { await ctx.platform.chantiers.get({ toJSON: spy }) } catch {}
       return seen`,
      'isolate',
    ),
    escapeAttack(
      'an endless stack',
      `Error.stackTraceLimit = Infinity
       const deep = (n) => n > 0 ? deep(n - 1) : new Error('x').stack
       return ${HOST}.test(deep(200)) ? 'escaped' : 'held'`,
      'vm',
    ),
    escapeAttack(
      'a stack captured on an object, from inside a callback of the host',
      `const target = {}
       Error.stackTraceLimit = 1000
       await new Promise((resolve) => setTimeout(() => { Error.captureStackTrace(target); resolve() }, 1))
       return ${HOST}.test(target.stack) ? 'escaped' : 'held'`,
      'vm',
    ),
    escapeAttack(
      'the texts of all errors that the host throws',
      `const caught = []
       const tries = [() => new URL('x'), () => new URL(), () => new URL('x', 'y'), () => URL.prototype.href,
         () => ctx.kv.get('x'.repeat(1e5)), () => ctx.kv.set('', 1), () => ctx.kv.list({ limit: -1 }),
         () => ctx.platform.chantiers.get('../../etc/passwd'), () => ctx.fetch('gopher://a.example/'),
         () => ctx.fetch('http://[::1]:9/'), () => setTimeout()]
       for (const attempt of tries) { try { await attempt() } catch (error) { caught.push(error) } }
       const said = caught.map((error) => [error.name, error.message, error.stack, String(error.cause)].join(' '))
       return ${HOST}.test(said.join(' ')) ? 'escaped' : 'held'`,
      'vm',
    ),
    throwAttack('an error of the host that ends the run', `new URL('nonsense')`, /node:|bare-world/, 'vm'),
    throwAttack(
      'frames of the host written by hand',
      `throw Object.assign(new Error('x'), { stack: 'Error: x\\n    at spawn (evil://host/runtime/main.ts:1:1)' })`,
      /evil:/,
    ),
  ],
})
