import { normalScript } from '@annex/package/difference/normal-script'
import t from 'tap'

const same = (title: string, one: string, other: string) =>
  t.test(title, async (t) => t.equal(normalScript(one), normalScript(other)))
const other = (title: string, one: string, changed: string) =>
  t.test(title, async (t) => t.not(normalScript(one), normalScript(changed)))

same(
  'layout and comments make no difference',
  'var a=1;function f(x){return x+a}',
  '// one\nvar a = 1;\nfunction f(x) {\n  return x + a\n}',
)
same('the numbers of a bundler make no difference', 'var read2 = 1; use(read2)', 'var read7 = 1; use(read7)')
same('nor in a shorthand', 'var a2 = 1; use({ k: a2 })', 'var a3 = 1; use({ k: a3 })')
other('two names stay two', 'var a1 = 1, a2 = 2; use(a1)', 'var a1 = 1, a2 = 2; use(a2)')
other('a property is no name', 'var log2 = 1; use(Math.log2(8))', 'var log2 = 1; use(Math.log10(8))')
other('a global is no name of the script', 'use(log2)', 'use(log10)')
other('the key of a shorthand is seen', 'var a2 = 1; use({ a2 })', 'var a3 = 1; use({ a3 })')
other('and that of one with a default', 'var { a2 = 1 } = given; use(a2)', 'var { a3 = 1 } = given; use(a3)')
other('texts are seen', 'use("a b")', 'use("a  b")')
other('what is inside a template is seen', `use(\`a \${1}  b\`)`, `use(\`a \${1} b\`)`)
other('a label is seen', 'a1: for (;;) { b1: for (;;) break a1 }', 'a1: for (;;) { b1: for (;;) break b1 }')

t.test('each statement and each entry has its line', async (t) => {
  const printed = normalScript('for (var i = 0; i < 2; i++) { go({ a: 1, b: 2 }, i) }')
  const lines = printed.split('\n').map((line) => line.trim())
  t.same(lines, ['for ( var i = 0 ; i < 2 ; i ++ ) {', 'go ( {', 'a : 1 ,', 'b : 2', '}', ', i )', '}'])
})

t.test('what is no script throws', async (t) => {
  t.throws(() => normalScript('var = 1'), SyntaxError)
})
