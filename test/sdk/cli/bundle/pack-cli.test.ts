import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import t from 'tap'
import { bundlePrograms } from '../../../../sdk/cli/bundle/bundle-programs.ts'
import { packCli } from '../../../../sdk/cli/bundle/pack-cli.ts'
import { thirdPartyLicenses } from '../../../../sdk/cli/bundle/third-party-licenses.ts'

const root = new URL('../../../../', import.meta.url)

t.test('the same tree gives the same bytes', async (t) => {
  const [first, second] = [await packCli(), await packCli()]
  t.ok(Buffer.from(first).equals(second))
  t.notOk(gunzipSync(first).includes(root.pathname), 'no path of this machine is in it')
})

t.test('what is bundled is there without the tools of development, and its licences are told', async (t) => {
  const { devDependencies } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))
  const { inputs, files } = await bundlePrograms()
  t.same([...files.keys()].sort(), ['annex.js', 'launcher.js'])
  const packages = new Set(inputs.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []))
  t.ok(packages.has('undici'))
  t.same(
    [...packages].filter((name) => name in devDependencies || name === 'mongodb'),
    [],
  )
  const licenses = await thirdPartyLicenses(inputs)
  for (const name of packages) t.match(licenses, new RegExp(`^${name} \\d`, 'm'), name)
})
