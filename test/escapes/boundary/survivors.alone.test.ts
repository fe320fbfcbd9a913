import { attackFamily } from '../harness/attack-family.ts'
import { escapeAttack } from './escape-attack.ts'

/** Runs several times: a later run that finds what an earlier one left says so. */
function survivor(title: string, code: string): ReturnType<typeof escapeAttack> {
  return escapeAttack(title, code, 'isolate', { times: 3 })
}

attackFamily({
  title: 'what outlives a run',
  attacks: [
    survivor('a global', `const found = globalThis.left; globalThis.left = 1; return found ? 'escaped' : 'held'`),
    survivor(
      'a field of a prototype',
      `const found = ({}).left; Object.prototype.left = 1; return found ? 'escaped' : 'held'`,
    ),
    survivor(
      'a replaced function of the language',
      `const found = Math.max.left; Math.max.left = 1; return found ? 'escaped' : 'held'`,
    ),
    survivor(
      'a field of an extension object',
      `const found = annexExtension.left; annexExtension.left = 1; return found ? 'escaped' : 'held'`,
    ),
    survivor(
      'a field of a template object',
      `const cache = globalThis.WeakMap.left ??= new WeakMap()
       const same = ((strings) => strings)\`a\`
       const found = cache.get(same); cache.set(same, 1); return found || cache.again ? 'escaped' : (cache.again = 'held')`,
    ),
    survivor(
      'what the last pattern matched',
      `const found = RegExp.$1; /(secret)/.exec('secret'); return found === 'secret' ? 'escaped' : 'held'`,
    ),
    survivor(
      'where a shared pattern stopped',
      `const pattern = Symbol.left ??= /a/g
       const found = pattern.lastIndex; pattern.exec('aa'); return found > 0 ? 'escaped' : 'held'`,
    ),
    survivor(
      'a promise that an earlier run left behind',
      `const found = Promise.left
       Promise.left = new Promise((resolve) => { Promise.settle = resolve })
       return found ? 'escaped' : 'held'`,
    ),
    survivor(
      'a timer that an earlier run left behind',
      `setTimeout(() => { globalThis.fired = true }, 1)
       await new Promise((resolve) => setTimeout(resolve, 5))
       const found = globalThis.twice
       globalThis.twice = true
       return found ? 'escaped' : 'held'`,
    ),
    survivor(
      'a look for every stack',
      `const found = Error.prepareStackTrace?.mine
       Error.prepareStackTrace = Object.assign(() => 'x', { mine: true })
       return found ? 'escaped' : 'held'`,
    ),
    survivor(
      'a ctx that an earlier run kept',
      `const found = Reflect.kept
       Reflect.kept = ctx
       try { return found && (await found.kv.get('x'), true) ? 'escaped' : 'held' } catch { return 'escaped' }`,
    ),
    survivor(
      'a hook in the registry of symbols',
      `const key = Symbol.for('left')
       const found = globalThis[key] ?? Object[key]; Object[key] = 1; return found ? 'escaped' : 'held'`,
    ),
  ],
})
