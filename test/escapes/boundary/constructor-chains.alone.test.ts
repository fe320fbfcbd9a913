import { attackFamily } from '../harness/attack-family.ts'
import { escapeAttack } from './escape-attack.ts'

/** From any function of the host its constructor leads to code that runs in the host. */
const REACHES = `const reaches = (make) => {
  try { return typeof make()('return process')() === 'object' ? 'escaped' : 'held' } catch { return 'held' }
}`

function chain(title: string, expression: string, before = ''): ReturnType<typeof escapeAttack> {
  return escapeAttack(title, `${REACHES}\n${before}\nreturn reaches(() => ${expression})`, 'vm')
}

attackFamily({
  title: 'constructor chains',
  attacks: [
    chain('the constructor of a timer function', 'setTimeout.constructor'),
    chain('the constructor of what a timer function gives', 'setTimeout(() => {}, 0).constructor.constructor'),
    chain('the constructor of a console function', 'console.log.constructor'),
    chain("the constructor of the console's own prototype", 'Object.getPrototypeOf(console).constructor.constructor'),
    chain('the constructor of a web class', 'URL.constructor'),
    chain("the constructor of the global object's constructor", 'globalThis.constructor.constructor'),
    chain('the constructor of an accessor', "Object.getOwnPropertyDescriptor(URL.prototype, 'href').get.constructor"),
    chain('the constructor of a method of an instance', "new URL('https://a.example').searchParams.append.constructor"),
    chain(
      'the constructor of an iterator step',
      "new URL('https://a.example/?a=b').searchParams.entries().next().constructor.constructor",
    ),
    chain(
      'the constructor of an error of the host',
      'error.constructor.constructor',
      "let error; try { new URL('nonsense') } catch (caught) { error = caught }",
    ),
    chain(
      'the constructor of an error about a lone surrogate',
      'error.constructor.constructor',
      "let error; try { new URL('//[\\ud800'.repeat(1000)) } catch (caught) { error = caught }",
    ),
    chain(
      'the constructor of the error of an import',
      'error.constructor.constructor',
      "const error = await import('node:fs').catch((caught) => caught)",
    ),
    chain(
      'a constructor through a proxy, a bound function and a class of it',
      '(...given) => new (new Proxy((class extends setTimeout.constructor {}).bind(), {}))(...given)',
    ),
  ],
})
