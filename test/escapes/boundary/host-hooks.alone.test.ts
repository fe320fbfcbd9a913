import { attackFamily } from '../harness/attack-family.ts'
import { escapeAttack } from './escape-attack.ts'

/** Places where a host's own code meets an object of the guest, or leaves one of its own. */
const REACHES = `const reaches = (value) => {
  try { return typeof value.constructor('return process')() === 'object' } catch { return false }
}`

attackFamily({
  title: 'hooks of the host',
  attacks: [
    escapeAttack(
      'a hook that the console of Node calls',
      `${REACHES}
       let seen = 'held'
       const hook = (depth, options, inspect) => { if (reaches(inspect) || reaches(options?.stylize)) seen = 'escaped'; return 'x' }
       console.error({ [Symbol.for('nodejs.util.inspect.custom')]: hook })
       return seen`,
      'vm',
    ),
    escapeAttack(
      'a hook on the functions of the host',
      `${REACHES}
       return reaches(setTimeout[Symbol.for('nodejs.util.promisify.custom')]) ? 'escaped' : 'held'`,
      'vm',
    ),
    escapeAttack(
      'an error of the host that is no error of the guest',
      `const caught = []
       for (const text of ['x', '\\ud800', 'http://'.repeat(9000), '//['.repeat(9000), 'https://' + 'é'.repeat(30000)]) {
         try { new URL(text) } catch (error) { caught.push(error) }
       }
       return caught.length > 0 && caught.every((error) => error instanceof Error) ? 'held' : 'escaped'`,
      'vm',
    ),
    escapeAttack(
      'an error that the host throws about text that is not JSON',
      `const caught = []
       const { stringify } = JSON
       for (const text of ['[', '{}', 'null', '['.repeat(60000), '["x"', '"' + '\\ud800', 1, {}, Symbol('x'), () => {}]) {
         JSON.stringify = () => text
         try { new URL('https://a.example/') && new URL('') } catch (error) { caught.push(error) }
       }
       JSON.stringify = stringify
       return caught.length > 0 && caught.every((error) => error instanceof Error) ? 'held' : 'escaped'`,
      'vm',
    ),
    escapeAttack(
      'functions of another realm',
      `const given = [setTimeout, URL, console.log, URL.prototype.toString]
       return given.every((made) => made instanceof Function) ? 'held' : 'escaped'`,
      'vm',
    ),
    escapeAttack(
      'objects of another realm',
      `const root = (value) => { let owner = value; while (Object.getPrototypeOf(owner)) owner = Object.getPrototypeOf(owner); return owner }
       const given = [console, URL.prototype, new URL('https://a.example/?a=b').searchParams, setTimeout(() => {}, 0)]
       return given.every((value) => root(Object(value)) === Object.prototype) ? 'held' : 'escaped'`,
      'vm',
    ),
    escapeAttack(
      'what the host left in the global object',
      `const names = ['annexNative', 'carelessly', 'entry', 'annexPrelude', '_ivm', 'ivm', 'process', 'require', 'global']
       const left = names.filter((name) => name in globalThis)
       const own = Object.getOwnPropertyNames(globalThis).filter((name) => /native|deliver|bridge|careless/i.test(name))
       return left.length + own.length === 0 ? 'held' : 'escaped'`,
      'isolate',
    ),
  ],
})
