import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { PackageFixture } from '@annex/package/fixtures/package-fixtures'
import { createRecordedExchange } from '../../../runtime/trials/recorded-exchange.ts'
import { recordedUpstream, type Upstream } from '../../../runtime/trials/upstream.ts'
import type { BuiltPackage } from '../build-package.ts'
import { projectError } from '../cli-error.ts'
import { readFixtures } from '../fixtures/read-fixtures.ts'
import { nearestName } from '../nearest-name.ts'
import { startAuthorUpstream } from './author-upstream.ts'
import type { DevOptions } from './dev-options.ts'
import type { DevTarget } from './dev-target.ts'
import { declaredHosts } from './run-target.ts'

/** What stands at the far end, with words for it. */
export interface OpenUpstream {
  upstream: Upstream
  title: string
}

/** What `--upstream` names: a fixture with a recording, or a file of the author's own. Without it the real hosts. */
export async function openUpstream(
  { folder, upstream: wanted, handler }: DevOptions,
  built: BuiltPackage,
  target: DevTarget,
): Promise<OpenUpstream> {
  if (wanted === undefined) {
    const own = target.fixture
    if (own?.name === handler && own?.case.http) return recorded(own)
    return { upstream: { overrides: {}, close: async () => {} }, title: 'against the real hosts' }
  }
  const fixtures = await readFixtures(folder)
  const fixture = fixtures.find(({ name }) => name === wanted)
  if (fixture) return recorded(fixture)
  const file = resolve(folder, wanted)
  if (await isFile(file)) {
    const upstream = await startAuthorUpstream(file, declaredHosts(built.manifest, target.config))
    return { upstream, title: `against ${wanted} for ${upstream.hosts.join(', ') || 'no host'}` }
  }
  const names = fixtures.filter((one) => one.case.http).map(({ name }) => name)
  const near = nearestName(wanted, names)
  const there = names.length > 0 ? `Fixtures with a recording: ${names.join(', ')}` : 'No fixture has a recording yet'
  throw projectError(
    `There is no fixture or file "${wanted}"`,
    join(folder, 'fixtures'),
    near ? `Did you mean ${near}?` : there,
  )
}

async function recorded({ name, entries }: PackageFixture): Promise<OpenUpstream> {
  return {
    upstream: await recordedUpstream(createRecordedExchange(entries)),
    title: `against the recording of ${name}`,
  }
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
}
