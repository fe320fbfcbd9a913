import t from 'tap'
import { buildApp, type Person } from '../../../marketplace/gateway/build-app.ts'
import { startUpstream } from '../../../runtime/egress/start-upstream.ts'
import { runAnnex } from '../run-annex.ts'

t.test('an owner invites, a person joins, a domain is proven', async (t) => {
  let file = ''
  const upstream = await startUpstream(t, (_request, response) => response.end(file))
  const overrides = { 'acme.com': { address: '127.0.0.1', port: upstream.port, scheme: 'http' as const } }
  const { url, person } = await buildApp(t, { egress: { overrides, allowPrivateRanges: [] } })
  const folder = t.testdir({ ada: {}, bob: {} })
  const [ada, bob] = [await person('ada'), await person('bob')]
  const as = async (who: Person, name: string) => {
    const env = { XDG_CONFIG_HOME: `${folder}/${name}`, ANNEX_PASSWORD: who.password }
    t.equal((await runAnnex(folder, ['login', '--server', url, '--email', who.email], env)).code, 0)
    return (...args: string[]) => runAnnex(folder, ['publisher', ...args], env)
  }
  const [byAda, byBob] = [await as(ada, 'ada'), await as(bob, 'bob')]
  t.equal((await byAda('acme')).code, 0)

  const invited = await byAda('acme', '--invite', bob.email)
  t.match(invited, { code: 0, stdout: /as maintainer until/ })
  const token = /--accept (\w+)/.exec(invited.stdout)?.[1] ?? ''
  t.match(await byBob('--accept', token), { code: 0, stdout: /belong to acme now: maintainer/ })
  t.match(await byBob('--accept', token), { code: 3, stderr: /INVITATION_INVALID/ })
  t.match((await byBob('acme', '--members')).stdout, `${bob.userId}  maintainer`)
  t.match(await byBob('acme', '--invite', 'x@x.example'), { code: 3, stderr: /PUBLISHER_FORBIDDEN/ })

  const begun = await byAda('acme', '--verify', 'acme.com', '--method', 'well-known', '--json')
  t.match(begun.json(), { challenge: { place: 'https://acme.com/.well-known/annex-verification.txt' } })
  t.match(await byAda('acme', '--check'), { code: 3, stderr: /DOMAIN_NOT_PROVEN/ })
  const { challenge } = begun.json() as { challenge: { line: string } }
  file = challenge.line
  t.match(await byAda('acme', '--check'), { code: 0, stdout: /acme\.com stands for acme/ })

  t.match(await byAda('--check'), { code: 2, stderr: /annex publisher <slug> --check/ })
  t.match(await byAda('acme', '--check', '--members'), { code: 2 })
})
