import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Manifest } from '@annex/sdk/manifest'
import t from 'tap'
import { writeEnvironment } from '../../../sdk/cli/write-environment.ts'
import { compileProject } from './compile-project.ts'
import { newProject } from './new-project.ts'

const DRAFT = { publisher: 'acme', name: 'site-notes', kind: 'connector', year: 2026 } as const

const DECLARED = {
  permissions: {
    required: [{ scope: 'write:chantiers', reason: 'Writes sites' }],
    optional: [{ scope: 'read:timesheets', reason: 'Reads hours' }],
  },
  config: { type: 'object', properties: { pageSize: { type: 'integer' }, mode: { enum: ['fast', 'slow'] } } },
  credentials: {
    type: 'API_KEY',
    schema: { type: 'object', properties: { apiKey: { type: 'string' } } },
    inject: [{ host: 'api.example.com', in: 'bearer', template: '{{apiKey}}' }],
  },
  secrets: [{ ref: 'signingKey', use: 'hmac-sha256' }],
  events: { subscribes: ['INVOICE_ISSUED'], emits: ['site.imported'] },
  schedules: [{ name: 'nightly', cron: '0 3 * * *' }],
}

const RIGHT = `
  async check(ctx) {
    const many = (await ctx.kv.getMany?.(['a', 'b'])) ?? []
    ctx.log.info(ctx.platformVersion, { many: many.length })
    await ctx.platform.chantiers.create({ reference: 'C-1' })
    await ctx.platform.timesheets.list({ limit: 10 })
    const size: number | undefined = ctx.config.pageSize
    const mode: 'fast' | 'slow' | undefined = ctx.config.mode
    await ctx.events.emit('site.imported', { size: size ?? 1, mode: mode ?? 'fast' })
    const signature: Uint8Array = await ctx.secrets.hmac('signingKey', 'text')
    await ctx.kv.set('signed', signature.length)
    return [{ name: 'ready', ok: true }]
  },
  streams: {},
  on: { async INVOICE_ISSUED(ctx, event) { ctx.log.info(event.type, event.data) } },
  schedules: { async nightly(ctx) { await ctx.kv.delete('signed') } },`

/** What each mistake puts in, and what the compiler says of it. */
const MISTAKES: Record<string, [body: string, complaint: RegExp]> = {
  'a call without its scope': [checking('await ctx.platform.invoices.list()'), /'invoices' does not exist/],
  'a call that came with 1.1, where 1.0 will do': [
    checking("await ctx.kv.getMany(['a'])"),
    /Cannot invoke an object which is possibly 'undefined'/,
  ],
  'a write with a read scope': [checking("await ctx.platform.timesheets.remove('x')"), /'remove' does not exist/],
  'a read with a write scope': [checking("await ctx.platform.chantiers.get('x')"), /'get' does not exist/],
  'a config field that is not declared': [checking('ctx.log.info(String(ctx.config.pagesize))'), /'pagesize'/],
  'a config value of another type': [
    checking('const n: string | undefined = ctx.config.pageSize; ctx.log.info(n ?? "")'),
    /'number' is not assignable/,
  ],
  'an event that is not declared': [checking("await ctx.events.emit('site.imprted')"), /"site.imprted"/],
  'a secret that is not declared': [checking("await ctx.secrets.hmac('signKey', 'x')"), /"signKey"/],
  'the credentials': [checking('ctx.log.info(String(ctx.credentials))'), /'credentials' does not exist/],
  'a handler of an event that is not subscribed to': [
    `${checking('')} on: { async INVOICE_PAID() {} },`,
    /'INVOICE_PAID' does not exist/,
  ],
  'a schedule that is not declared': [`${checking('')} schedules: { async hourly() {} },`, /'hourly' does not exist/],
  'a part of the definition that does not exist': [`${checking('')} stream: {},`, /'stream' does not exist/],
  'a log message without text': [checking('ctx.log.info()'), /Expected 1-2 arguments/],
}

function checking(statement: string): string {
  return `async check(ctx) { ${statement}; return [{ name: ctx.installation.id, ok: true }] }, streams: {},`
}

t.test('what is declared compiles', async (t) => {
  t.equal(await complaints(t.testdir(newProject(DRAFT)), [RIGHT]), '')
})

t.test('what is not declared does not', async (t) => {
  const names = Object.keys(MISTAKES)
  const said = await complaints(
    t.testdir(newProject(DRAFT)),
    names.map((name) => MISTAKES[name]?.[0] ?? ''),
  )
  for (const [index, name] of names.entries()) {
    // An error begins at the margin; what belongs to it is indented.
    const own = said.split(/\n(?=\S)/).filter((error) => error.includes(`src/case-${index}.ts(`))
    t.match(own.join('\n'), MISTAKES[name]?.[1] ?? /never/, name)
  }
})

t.test('what every covered platform has compiles without a question', async (t) => {
  const folder = t.testdir(newProject(DRAFT))
  const many = checking("const [one] = await ctx.kv.getMany(['a']); ctx.log.info(String(one?.rev))")
  t.equal(await complaints(folder, [many], { ...DECLARED, platform: '>=1.1.0' }), '')
})

t.test('without any declaration no event, secret or schedule fits', async (t) => {
  const folder = t.testdir(newProject(DRAFT))
  const emitting = checking("await ctx.events.emit('x')")
  const said = await complaints(folder, [emitting, `${checking('')} on: { async X() {} },`], {})
  t.match(said, /case-0[\s\S]*not assignable to parameter of type 'never'/)
  t.match(said, /case-1[\s\S]*not assignable to type 'never'/)
})

/** One run of the compiler over a file for each definition. */
async function complaints(folder: string, definitions: readonly string[], declared: object = DECLARED) {
  const manifest = { kind: 'connector', ...declared } as Manifest['annex']
  await writeEnvironment(folder, manifest)
  mkdirSync(join(folder, 'src'), { recursive: true })
  for (const [index, definition] of definitions.entries()) {
    const text = `import { defineConnector } from '@annex/sdk'\nexport default defineConnector({${definition}\n})\n`
    writeFileSync(join(folder, `src/case-${index}.ts`), text)
  }
  return compileProject(folder)
}
