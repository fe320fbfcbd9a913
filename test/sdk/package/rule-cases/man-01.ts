import type { RuleCase } from '../rule-case.ts'

const packageJson = (text: string | Uint8Array) => ({ files: { 'package.json': text } })

export const man01Case: RuleCase = {
  trips: [
    packageJson('{"name": "a", "name": "b"}'),
    packageJson('{"annex": {"kind": 1, "\\u006bind": 2}}'),
    packageJson('\ufeff{}'),
    packageJson(Buffer.from([0x7b, 0xff, 0x7d])),
    packageJson('{ /* no */ }'),
    packageJson('[1, 2]'),
    packageJson('{"name": "\\ud83d"}'),
    packageJson('{"__proto__": {"kind": "connector"}}'),
    packageJson(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`),
    packageJson(`{"a": "${'x'.repeat(256 * 1024)}"}`),
    packageJson(''),
  ],
  passes: [
    packageJson('{"a": {"name": 1}, "b": {"name": 2}, "text": "{\\"name\\": \\"name\\"} [[[[ \\\\"}'),
    packageJson(`${'{"a":'.repeat(31)}1${'}'.repeat(31)}`),
  ],
}
