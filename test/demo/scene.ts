import { join } from 'node:path'
import { type Client, createClient, type Reply, textAt } from '../faults/client.ts'
import type { Stage } from './stage.ts'

/** What the acts hand on to each other. */
export interface Scene {
  stage: Stage
  developer: Client
  reviewer: Client
  admin: Client
  /** Where the developer's command line keeps its login. */
  developerHome: string
  installations: Record<string, string>
}

const PASSWORD = 'a long enough pass phrase'

/** Accounts for the three people, and the reviewer's role from the operator. */
export async function openScene(stage: Stage): Promise<Scene> {
  const outside = createClient(() => stage.url)
  const operator = await session(outside, '/api/auth/login', stage.operator, stage.url)
  const person = (name: string, organization: string) =>
    session(
      outside,
      '/api/auth/register',
      { email: `${name}@example.org`, password: PASSWORD, name, organization },
      stage.url,
    )
  const developer = await person('devi', 'Devi Extensions')
  const reviewer = await person('remy', 'Annex Review')
  const admin = await person('ana', 'Bâtir & Fils')
  const remy = textAt(await reviewer.client.expect('GET', '/api/auth/me'), 'user.id')
  await operator.client.expect('PUT', `/api/admin/users/${remy}/roles`, { platformRoles: ['reviewer'] })
  return {
    stage,
    developer: developer.client,
    reviewer: reviewer.client,
    admin: admin.client,
    developerHome: join(stage.folder, 'devi'),
    installations: {},
  }
}

async function session(
  outside: Client,
  path: string,
  body: object,
  url: string,
): Promise<{ client: Client; reply: Reply }> {
  const reply = await outside.expect('POST', path, body)
  const client = createClient(() => url, { authorization: `Bearer ${textAt(reply, 'accessToken')}` })
  return { client, reply }
}

/** The array at `name` of an answer. */
export function listAt(reply: Reply, name: string): Record<string, unknown>[] {
  const list = (reply.body as Record<string, unknown>)[name]
  if (!Array.isArray(list)) throw new Error(`no list ${name} in ${JSON.stringify(reply.body)}`)
  return list as Record<string, unknown>[]
}

/** Fails the act: what the demo shows must be so. */
export function must(condition: boolean, what: string): void {
  if (!condition) throw new Error(`expected: ${what}`)
}
