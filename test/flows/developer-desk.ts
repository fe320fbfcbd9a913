import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Test } from 'tap'
import { eventually } from '../faults/eventually.ts'
import { buildApp } from '../marketplace/gateway/build-app.ts'
import { startHook } from '../marketplace/notifications/start-hook.ts'
import { startMailServer } from '../marketplace/notifications/start-mail-server.ts'
import { runAnnexProcess } from '../sdk/cli/run-annex-process.ts'
import { hears } from './hears.ts'
import { type HoursGuard, hoursGuardFiles } from './hours-guard.ts'

export type DeveloperDesk = Awaited<ReturnType<typeof openDeveloperDesk>>

export interface Submitted {
  id: string
  version: string
  reviewStatus: string
  reviewId: string
  digest: string
  findings: { rule: string; message: string; fix: string }[]
}

const MARKET = '/api/marketplace'
const WEEK_S = 7 * 24 * 3600
const SOON = { withinMs: 30_000 }
const HOOKED = ['submission.validation_failed', 'review.message', 'review.changes_requested', 'review.approved']

/**
 * A service with an operator, a reviewer and a developer of `acme`, who works in `folder` with the command line and is
 * told in the product, by email and at an address of their own.
 */
export async function openDeveloperDesk(t: Test, folder: string) {
  const mail = await startMailServer(t)
  const hook = await startHook(t)
  const address = { address: '127.0.0.1', port: hook.port, scheme: 'http' } as const
  const app = await buildApp(t, {
    accessTokenLifetime: WEEK_S,
    mail: { url: mail.url, from: 'market@annex.example' },
    egress: { overrides: { 'hooks.acme.example': address }, allowPrivateRanges: [] },
  })
  const operator = await app.operator()
  const [developer, reviewer] = [await app.person('devi'), await app.person('remy')]
  await operator.call('PUT', `/api/admin/users/${reviewer.userId}/roles`, { platformRoles: ['reviewer'] })
  await developer.call('POST', `${MARKET}/publishers`, { slug: 'acme', displayName: 'Acme' })
  const wish = { url: 'https://hooks.acme.example/annex', events: HOOKED }
  const hooked = await developer.call('PUT', `${MARKET}/publishers/acme/webhook`, wish)
  const key = await app.key(developer, ['publish:acme'])
  const project = join(folder, 'hours-guard')
  const annex = (...args: string[]) => runAnnexProcess(project, args, { ANNEX_SERVER: app.url, ANNEX_KEY: key })

  return {
    ...{ app, hook, developer, reviewer, annex, hookSecret: hooked.text('secret') },
    init: () => runAnnexProcess(folder, ['init', 'hours-guard', '--publisher', 'acme', '--json']),
    write(guard: HoursGuard): void {
      for (const [path, text] of Object.entries(hoursGuardFiles(guard))) {
        mkdirSync(dirname(join(project, path)), { recursive: true })
        writeFileSync(join(project, path), text)
      }
    },
    /** `annex publish`, with the exit code that it must have; the submission as the developer then sees it. */
    async publish(code: number): Promise<Submitted> {
      const run = await annex('publish', '--json')
      if (run.code !== code) throw new Error(`it ended with ${run.code}: ${run.stdout}${run.stderr}`)
      const { id } = run.json().submission as { id: string }
      return (await developer.call('GET', `${MARKET}/submissions/${id}`)).body as Submitted
    },
    /** The developer is told in the product, by email and at the publisher's own address. */
    async toldEveryWay(t: Test, event: string, words: RegExp): Promise<void> {
      t.match((await hears(developer, event)).at(-1), { text: words, unread: true })
      const mailed = async () =>
        mail.mails.find(({ to, text }) => to === developer.email && words.test(text.replaceAll('=\r\n', '')))
      t.ok(await eventually(`the mail of ${event}`, mailed, SOON))
      const called = async () => hook.calls.find(({ body }) => (JSON.parse(body) as { type: string }).type === event)
      t.match((await eventually(`the call of ${event}`, called, SOON)).body, words)
    },
  }
}
