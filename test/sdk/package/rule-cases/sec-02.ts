import type { RuleCase } from '../rule-case.ts'

const RANDOM = 'q7Tz2LmX9vKd4RwB8nYc1HsP'
const HEX = '9f2c4be17a03d586e1f04c7b8a92d35e'
const source = (text: string) => ({ files: { 'src/a.ts': text } })

export const sec02Case: RuleCase = {
  trips: [
    source(`const apiKey = '${RANDOM}'`),
    source(`const CLIENT_SECRET = "${HEX}"`),
    source(`login({ user: 'x', password: \`${RANDOM}\` })`),
    source(`headers['X-Api-Key'] = '${RANDOM}'`),
    source(`headers.set('Authorization', 'Bearer ${RANDOM}')`),
    { files: { 'src/config.json': `{"accessToken": "${RANDOM}"}` } },
    { files: { 'fixtures/a/exchange.har': `{"name":"Authorization","value":"Bearer ${RANDOM}"}` } },
    { files: { 'src/config.yaml': `client_secret: "${HEX}"` } },
  ],
  passes: [
    source(`const sha256 = '${HEX}', integrity = 'sha512-${RANDOM}=='`),
    source(`const tokenHash = '${HEX}', publicKey = '${RANDOM}', nextPageToken = '${RANDOM}'`),
    source(`const apiKey = config.apiKey, token = 'settings.token2.label.of.all', secret = process.env.SECRET`),
    source(`const apiKey = 'your-api-key-2f9a8b7c6d5e4f3a'; const token = 'xxxxxxxxxxxxxxxxxxxx1234'`),
    source(`const password = 'correct-horse-battery-staple-2026'`),
    source(`throw new Error('the token is not valid'); const tokens = ['AccessTokenExpired1', 'b']`),
    { files: { 'fixtures/a/exchange.har': '{"name":"Authorization","value":"Bearer {{apiKey}}"}' } },
    { files: { 'dist/extension.js.map': `{"version":3,"sources":[],"mappings":"","token":"${RANDOM}"}` } },
  ],
}
