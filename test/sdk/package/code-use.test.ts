import { codeUse } from '@annex/package/rules/code-use'
import t from 'tap'

const use = (text: string) => codeUse(Buffer.from(text))

t.test('finds calls of the platform in whatever form a bundler leaves them', (t) => {
  const forms = [
    'f = (ctx) => ctx.platform.invoices.list()',
    'f = (ctx) => ctx.platform["invoices"]["list"]()',
    'f = (ctx) => ctx.platform?.invoices?.list?.()',
    'f = (ctx) => ctx["platform"].invoices.list()',
    'f = (a) => (0, a.b.platform.invoices.list)()',
    'f = ({ platform }) => platform.invoices.list()',
    'f = ({ platform: p }) => p.invoices.list()',
    'f = (ctx) => { const { platform = x } = ctx; return platform.invoices.list() }',
    'f = (ctx) => { const p = ctx.platform; return () => p.invoices.list() }',
    'f = (ctx) => { const { invoices } = ctx.platform; return invoices.list() }',
    'f = (ctx) => { const i = ctx.platform.invoices; return i.list() }',
    'f = (ctx) => { const { list } = ctx.platform.invoices; return list() }',
  ]
  for (const form of forms) t.same(use(`var ${form}`), { scopes: ['read:invoices'], computed: false, hosts: [] }, form)
  t.end()
})

t.test('says when the name of a resource is not written down, or the platform is handed on', (t) => {
  for (const form of [
    'ctx.platform[name].list()',
    'ctx.platform.invoices[name]()',
    'go(ctx.platform)',
    'const { platform } = ctx; go(platform)',
    'const { platform } = ctx; return { platform: ctx.platform }',
    'const { [name]: one } = ctx.platform',
    'go(ctx.platform.invoices)',
  ])
    t.match(use(`var f = (ctx) => { ${form} }`), { computed: true }, form)
  t.end()
})

t.test('a name means the platform only where it was given that meaning', (t) => {
  const text = 'var a = (ctx) => { const p = ctx.platform; p.invoices.list() }; var b = (p) => p.chantiers.create({})'
  t.same(use(text).scopes, ['read:invoices'])
  t.end()
})

t.test('finds hosts, and none in what does not parse', (t) => {
  const text =
    'x("https://b.example/1"); y(`http://A.example:80/$\x7bz}`); w("https://" + host); v("https://b.example")'
  t.same(use(text).hosts, ['a.example', 'b.example'])
  t.same(use('var = "https://b.example"'), { scopes: [], computed: false, hosts: [] })
  t.end()
})
