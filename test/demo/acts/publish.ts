import { basename, join } from 'node:path'
import { textAt } from '../../faults/client.ts'
import { annex } from '../annex-command.ts'
import type { Scene } from '../scene.ts'
import { tell } from '../tell.ts'

const FOLDERS = ['extensions-examples/costructor-erp', 'extensions-examples/site-cleaner']

/** A developer claims a namespace, tests, packs and publishes two extensions with the command line. */
export async function publish({ stage, developer, developerHome }: Scene): Promise<void> {
  await developer.expect('POST', '/api/marketplace/publishers', { slug: 'examples', displayName: 'Devi Extensions' })
  const key = await developer.expect('POST', '/api/auth/api-keys', { name: 'release', scopes: ['publish:examples'] })
  tell.line('Devi owns the publisher @examples and made an API key that may publish for it.')
  await annex(['login', '--server', stage.url, '--key', textAt(key, 'key')], developerHome)
  for (const folder of FOLDERS) {
    await annex(['test', folder], developerHome)
    await annex(['pack', folder, '--out', stage.folder], developerHome)
    await annex(['publish', join(stage.folder, `examples-${basename(folder)}-1.0.0.tgz`)], developerHome)
  }
}
