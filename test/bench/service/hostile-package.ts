import { changedPackage } from '../../sdk/package/good-package.ts'

export const HOSTILE = '@acme/site-import'

/** What an installation does in its connection test, by `config.attack`. */
export const ATTACKS = {
  loop: 'for (;;) {}',
  memory: 'const kept = []; for (;;) kept.push(new Array(100_000).fill(kept.length))',
  calls: `await Promise.all(Array.from({ length: 5_000 }, (_, i) =>
    (i % 2 ? ctx.kv.set('key' + (i % 100), 'x'.repeat(1_000)) : ctx.platform.timesheets.list()).catch(() => 0)))`,
  logs: `for (let i = 0; i < 5_000; i++) ctx.log.info('x'.repeat(8_000), { i })`,
} as const

export type Attack = keyof typeof ATTACKS

/** A package that any check lets pass, and that does harm when it runs. */
export function hostilePackage(): Uint8Array {
  const cases = Object.entries(ATTACKS).map(([name, code]) => `case '${name}': { ${code}; break }`)
  const script = `var annexExtension = { default: { kind: 'connector', async check(ctx) {
  switch (ctx.config.attack) { ${cases.join('\n')} }
  return [{ name: ctx.config.attack, ok: true }]
}, streams: { sites: { schema: { type: 'object' }, primaryKey: ['id'], async *read() {} } } } };\n`
  return changedPackage({
    files: { 'dist/extension.js': script },
    manifest: (manifest) => {
      manifest.annex.config = { type: 'object', properties: { attack: { type: 'string' } } }
    },
  })
}
