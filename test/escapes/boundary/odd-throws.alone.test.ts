import { attackFamily } from '../harness/attack-family.ts'
import { floods, spins } from '../harness/control.ts'
import { throwAttack } from './escape-attack.ts'

/** Whatever is thrown becomes an error with a text, and the handling of it never fails itself or takes long. */
attackFamily({
  title: 'odd things thrown',
  attacks: [
    throwAttack(
      'a proxy that was revoked',
      'const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy',
      /revoked/,
    ),
    throwAttack('an object that cannot become text', 'throw { __proto__: null, toString: null }', /primitive|convert/),
    throwAttack(
      'an error whose fields throw',
      `throw { get message() { throw new Error('from the message') }, get stack() { throw 1 }, get code() { throw 2 } }`,
      /from the message/,
    ),
    throwAttack(
      'an error whose fields are proxies and symbols',
      `throw { message: Symbol('m'), code: new Proxy({}, {}), name: { toString() { throw new Error('from the name') } } }`,
      /from the name/,
    ),
    throwAttack(
      'a message that throws when it becomes text',
      `throw { message: { toString() { throw new Error('from the text') } } }`,
      /from the text/,
    ),
    {
      title: 'a proxy that never answers',
      code: 'throw new Proxy({}, { get() { for (;;) {} } })',
      ends: ['CPU'],
      control: spins(),
    },
    {
      title: 'an error whose name never becomes text',
      code: `throw { message: 'x', code: 'y', get name() { for (;;) {} } }`,
      ends: ['CPU'],
      control: spins(),
    },
    {
      title: 'a rejection with a thenable that never settles and always computes',
      code: 'return { then(resolve) { for (;;) {} } }',
      ends: ['CPU'],
      control: spins(),
    },
    {
      title: 'an error with a text of many megabytes and a chain of causes',
      code: `let error = new Error('x'.repeat(6e6), { cause: 1 })
        for (let i = 0; i < 1000; i++) error = new Error('x'.repeat(6e6), { cause: error })
        error.code = 'y'.repeat(6e6)
        error.cause.cause = error
        throw error`,
      ends: ['USER_ERROR'],
      control: floods(5e6),
    },
  ],
})
