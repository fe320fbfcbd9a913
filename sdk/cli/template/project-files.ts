import { connectorFiles } from './connector-files.ts'
import { licenseText } from './license-text.ts'
import { transformationFiles } from './transformation-files.ts'

export interface ProjectDraft {
  publisher: string
  name: string
  kind: 'connector' | 'transformation'
  year: number
}

/** Every file of a new project, by path: it passes `annex check` and `annex test` as it is. */
export function projectFiles(draft: ProjectDraft): Record<string, string> {
  const { annex, description, readme, files } = draft.kind === 'connector' ? connectorFiles() : transformationFiles()
  const title = titleOf(draft.name)
  return {
    'package.json': json({
      name: `@${draft.publisher}/${draft.name}`,
      version: '0.1.0',
      description,
      license: 'MIT',
      private: true,
      type: 'module',
      keywords: [draft.kind],
      annex: manifest(draft, title, annex),
    }),
    'tsconfig.json': json(TSCONFIG),
    'README.md': `# ${title}\n\n${description}.\n\n${readme}\n${WORKING}`,
    'CHANGELOG.md': '# Changelog\n\n## 0.1.0\n\n- First version.\n',
    LICENSE: licenseText(draft.year, `The authors of ${title}`),
    '.gitignore': 'annex-env.d.ts\n.annex/\ndist/\nnode_modules/\n*.tgz\n',
    ...files,
  }
}

function manifest(draft: ProjectDraft, displayName: string, annex: Record<string, unknown>): Record<string, unknown> {
  return {
    kind: draft.kind,
    displayName,
    category: 'OPERATIONS',
    source: 'src/index.ts',
    entry: 'dist/extension.js',
    platform: '>=1.0.0 <2.0.0',
    permissions: { required: [], optional: [] },
    ...annex,
    pricing: { model: 'FREE' },
  }
}

const TSCONFIG = {
  compilerOptions: {
    target: 'es2023',
    module: 'esnext',
    moduleResolution: 'bundler',
    lib: ['es2023', 'webworker'],
    types: [],
    noEmit: true,
    strict: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    // The SDK is on no public registry: annex keeps a copy of it here.
    paths: { '@annex/sdk': ['./.annex/sdk/index.ts'] },
  },
  include: ['src', 'annex-env.d.ts'],
}

const WORKING = `
## Working on it

\`\`\`sh
annex dev first   # runs the fixture \`first\` at each save: every host call, the result, the use of each limit
annex test        # runs fixtures/ in the real sandbox; --update accepts new results
annex check       # the marketplace's own rules
annex pack        # makes the .tgz
annex publish     # packs, checks, uploads, and tells what happens next
\`\`\`

\`package.json\` says what the extension asks for; \`annex-env.d.ts\` follows from it, so that the editor knows what is
declared. Each example under \`fixtures/\` is one call with its input and the result that it must have.
`

function titleOf(name: string): string {
  const words = name.replaceAll('-', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
