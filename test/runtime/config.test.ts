import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ConfigError, readConfig } from '../../runtime/config.ts'
import { makeAuthority } from './egress/make-certificates.ts'

function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(environment)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}

t.test('serves on loopback, port 3013, with its data in ./data (S-027)', async (t) => {
  const config = readConfig({})
  t.match(config, { host: '127.0.0.1', port: 3013, dataFolder: /\/data$/, production: false, seed: true })
  t.match(config.store, { kind: 'sqlite', path: /\/data\/annex\.db$/ })
  t.match(config, { apiKeyPrefix: 'hbc', accessTokenLifetime: 86_400 }, 'S-050, S-428')
})

t.test('tells all faults at once', async (t) => {
  t.same(
    faultsOf({
      ANNEX_PROT: '1',
      ANNEX_PORT: '70000',
      ANNEX_LOG_LEVEL: 'loud',
      ANNEX_CORS_ORIGINS: 'https://a.example/x',
    }).length,
    4,
  )
  t.same(faultsOf({ PATH: '/bin', ANNEX_CORS_ORIGINS: 'https://a.example, http://localhost:5173' }), [])
})

t.test('a secret is never repeated in a fault', async (t) => {
  t.same(faultsOf({ ANNEX_MASTER_KEY: 'c2VjcmV0' }), ['ANNEX_MASTER_KEY is 32 bytes in base64'])
})

t.test('MongoDB is chosen by its address', async (t) => {
  const uri = 'mongodb://127.0.0.1:27017'
  t.same(readConfig({ MONGODB_URI: uri }).store, { kind: 'mongodb', uri, database: 'annex' })
  t.match(readConfig({ MONGODB_URI: uri, ANNEX_STORE: 'sqlite' }).store, { kind: 'sqlite' })
  t.equal(faultsOf({ ANNEX_STORE: 'mongodb' }).length, 1)
})

t.test('production takes no shortcuts', async (t) => {
  const production = { NODE_ENV: 'production' }
  t.match(readConfig(production), { production: true, seed: false })
  t.equal(faultsOf({ ...production, ANNEX_SEED: 'on' }).length, 1)
  t.equal(faultsOf({ ...production, MONGODB_URI: 'mongodb://db' }).length, 1, 'nodes must share their master key')
  const overrides = JSON.stringify({ 'a.example': { address: '127.0.0.1', port: 1, scheme: 'http' } })
  t.equal(faultsOf({ ...production, ANNEX_EGRESS_OVERRIDES: overrides }).length, 1)
  t.same(faultsOf({ ANNEX_EGRESS_OVERRIDES: overrides }), [])
  t.equal(faultsOf({ ANNEX_EGRESS_OVERRIDES: '{"a":{"address":"localhost"}}' }).length, 1)
})

t.test('authorities come from a file, and only authorities', async (t) => {
  const folder = t.testdir({
    'empty.pem': '',
    'odd.pem': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
  })
  const authority = makeAuthority(folder)
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return { ANNEX_EGRESS_CA_FILE: join(folder, name) }
  }
  t.same(readConfig({}).egress.extraCa, [])
  const both = `# ours\n${authority.ca}\n${authority.ca}`
  t.same(readConfig(file('both.pem', both)).egress.extraCa, [authority.ca.trim(), authority.ca.trim()])
  const leaf = authority.issue(['erp.example']).certificate
  for (const wrong of [file('leaf.pem', leaf), { ANNEX_EGRESS_CA_FILE: join(folder, 'none.pem') }])
    t.equal(faultsOf(wrong).length, 1)
  for (const name of ['empty.pem', 'odd.pem']) t.equal(faultsOf({ ANNEX_EGRESS_CA_FILE: join(folder, name) }).length, 1)
})
