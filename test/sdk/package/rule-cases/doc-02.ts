import { projectFiles } from '../../../../sdk/cli/template/project-files.ts'
import type { RuleCase } from '../rule-case.ts'

const readmeOf = (kind: 'connector' | 'transformation') =>
  projectFiles({ publisher: 'acme', name: 'site-import', kind, year: 2026 })['README.md'] ?? ''
const [connector, transformation] = [readmeOf('connector'), readmeOf('transformation')]
const working = connector.slice(connector.indexOf('## Working on it'))

export const doc02Case: RuleCase = {
  trips: [
    { files: { 'README.md': connector } },
    { files: { 'README.md': transformation } },
    { files: { 'README.md': `# Mine\n\n${connector.replaceAll('\n', '\r\n')}` } },
    { files: { 'README.md': connector, 'dist/extension.js': 'var annexExtension = "https://api.example.com"' } },
  ],
  passes: [
    { files: { 'README.md': `# Sites\n\nThe stream \`items\` holds every site of the ERP.\n\n${working}` } },
    {
      files: { 'README.md': `# Sites\n\nMade by \`annex init\`, then changed.\n\n${'It brings sites in. '.repeat(9)}` },
    },
  ],
}
