import { randomBytes } from 'node:crypto'
import { annex, type RuleCase } from '../rule-case.ts'

export const man11Case: RuleCase = {
  trips: [
    { files: { 'dist/extension.js': undefined } },
    { files: { 'dist/extension.js': ' \n' } },
    { files: { 'dist/extension.js': Buffer.from([0xff, 0xfe]) } },
    { files: { 'dist/extension.js': randomBytes(1024 * 1024 + 1).toString('hex') } },
    { files: { 'annex.describe.json': undefined } },
    { files: { 'annex.describe.json': '{"kind":"transformation","handlers":[]}' } },
    { files: { 'annex.describe.json': '{"kind":"connector"}' } },
    annex((it) => Object.assign(it, { entry: '../extension.js' })),
    annex((it) => Object.assign(it, { entry: 'README.md' })),
    annex((it) => Object.assign(it, { icon: 'icon.png' })),
  ],
  passes: [{ files: { 'icon.png': 'png', 'other.js': '' }, ...annex((it) => Object.assign(it, { icon: 'icon.png' })) }],
}
