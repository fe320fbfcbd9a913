import type { RuleCase } from '../rule-case.ts'

const PEM = `-----BEGIN PRIVATE KEY-----\n${'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC'.repeat(3)}\n-----END PRIVATE KEY-----\n`
const random = (length: number) => 'a8Gd2kLq9ZxW4vB7nM1pR5tY3uH6jF0c'.repeat(4).slice(0, length)

export const sec01Case: RuleCase = {
  trips: [
    { files: { 'src/key.txt': PEM } },
    { files: { 'src/key.ts': `const key = '${PEM.replaceAll('\n', '\\n')}'` } },
    { files: { 'src/a.ts': 'const id = "AKIAZ3MSQ7LW8XN4TB2D"' } },
    { files: { 'src/a.ts': `const token = "ghp_${random(36)}"` } },
    { files: { 'notes.md': `npm_${random(36)}` } },
    { files: { 'fixtures/a/exchange.har': `{"text":"sk_live_${random(24)}"}` } },
    { files: { 'src/a.ts': `const key = 'rk_live_${random(24)}'` } },
    { files: { '.env': 'A=1' } },
    { files: { 'config/.env.production': 'A=1' } },
    { files: { '.npmrc': `//npm.example/:_authToken=${random(30)}\n` } },
    { files: { 'src/a.ts': 'fetch("https://admin:Tr0ub4dor@erp.example/api")' } },
    { files: { 'src/a.ts': `const shop = 'shpat_${'0f3a9c2be417d586'.repeat(2)}'` } },
    { files: { 'src/a.ts': `const key = 'sk-ant-api03-${random(60)}'` } },
    { files: { 'src/a.ts': `const account = 'AccountKey=${random(86)}=='` } },
  ],
  passes: [
    { files: { 'src/a.ts': 'const id = "AKIAIOSFODNN7EXAMPLE"' } },
    { files: { 'src/a.ts': 'if (text.startsWith("-----BEGIN PRIVATE KEY-----")) throw new Error()' } },
    { files: { '.env.example': 'API_KEY=', '.npmrc': `//npm.example/:_authToken=$\{NPM_TOKEN}\n` } },
    {
      files: {
        'src/a.ts':
          'const url = "https://user:password@erp.example/"; const other = `https://$\x7buser}:$\x7bpass}@x.example`',
      },
    },
    { files: { 'notes.md': `npm_${'x'.repeat(36)} ghp_short sk_live_ AKIA` } },
    { files: { 'src/a.ts': 'const url = SG.MessageTemplates.PaymentReminder; const own = "sk-ant-icipation"' } },
    { files: { 'README.md': `Write AccountKey=... and shpat_<token>. ${'It is a page. '.repeat(9)}` } },
    { files: { 'src/a.ts': `const shownToAll = 'pk_live_${random(24)}'` } },
  ],
}
