import { textAt, valueAt } from '../../faults/client.ts'
import { must, type Scene } from '../scene.ts'
import { tell } from '../tell.ts'

interface Line {
  scope?: string
  host?: string
  words: string
  reason: string
}

/** An admin reads what each extension asks for before anything is installed, and agrees to the required part. */
export async function install(scene: Scene): Promise<void> {
  for (const name of ['costructor-erp', 'site-cleaner']) await installOne(scene, name)
}

async function installOne({ admin, installations }: Scene, name: string): Promise<void> {
  const path = `/api/marketplace/install/examples/${name}`
  const asked = await admin.expect('POST', path, {}, [409])
  must(valueAt(asked, 'code') === 'CONSENT_REQUIRED', 'an install without consent is refused')
  tell.line(`${valueAt(asked, 'details.displayName')} ${valueAt(asked, 'details.version')} asks for:`)
  showLines('needs', valueAt(asked, 'details.required'))
  showLines('may use', valueAt(asked, 'details.optional'))
  showLines('talks to', valueAt(asked, 'details.hosts'))
  const done = await admin.expect('POST', path, { grant: valueAt(asked, 'details.grant') })
  installations[name] = textAt(done, 'id')
  tell.good(`Ana grants what it needs and nothing optional: installed, ${valueAt(done, 'state')}`)
}

function showLines(label: string, lines: unknown): void {
  if ((lines as Line[]).length === 0) tell.quote(`${label.padEnd(9)} nothing`)
  for (const { scope, host, words, reason } of lines as Line[]) {
    tell.quote(`${label.padEnd(9)} ${scope ?? host}: ${words} (${reason})`)
  }
}
