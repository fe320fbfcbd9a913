import { ALL_SCOPES } from '@annex/sdk/scopes'
import type { UserPrincipal } from '../../../runtime/permissions/principal.ts'
import type { Person, TestApp } from './build-app.ts'

export const HTML = Buffer.from('<script>alert(1)</script>')

/** A document as a connector would have brought it in. */
export async function bringInDocument(
  { services }: TestApp,
  { userId, organizationId }: Person,
  name: string,
): Promise<string> {
  const grants = ALL_SCOPES.map((scope) => ({ scope }))
  const someone: UserPrincipal = { kind: 'user', userId, organizationId, role: 'admin', grants }
  const open = async function* () {
    yield HTML
  }
  const made = await services.runtime.platform.create(someone, 'documents', { name }, { type: 'text/html', open })
  if (!made.ok) throw new Error(made.error.message)
  return made.value.id
}
